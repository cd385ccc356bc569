// What the queues together have to give up, so that they leave some of the disk to others and what is new passes.
import type { BrokerQueue } from './broker-queue.ts';
import type { Store } from './store.ts';

/** The part of the disk that the queues may hold. */
const SHARE = 1 / 2;
/** The part from which it is the store that has filled a full disk: then the oldest goes. Otherwise what is new waits. */
const OWN_PART = 1 / 8;
/** At least this part of what is held goes at once, so that it need not be looked for with each commit. */
const STEP = 1 / 100;

export class Excess {
  readonly #store: Pick<Store, 'disk' | 'taken'>;
  /** Bytes that were there when their queue was opened, and still are: past the share they are kept, and not added to. */
  #found = 0;

  constructor(store: Pick<Store, 'disk' | 'taken'>) {
    this.#store = store;
  }

  opened({ bytes }: BrokerQueue): void {
    this.#found += bytes;
  }

  /**
   * The queue that has to give something up, which is the one that holds most, and how many bytes. `wanted`: bytes for
   * which a full disk has no room.
   */
  of(queues: Iterable<BrokerQueue>, wanted: number): { of?: BrokerQueue; bytes: number } {
    let held = 0;
    let of: BrokerQueue | undefined;
    for (const queue of queues) {
      held += queue.bytes;
      if (of === undefined || queue.bytes > of.bytes) of = queue;
    }
    const { disk } = this.#store;
    this.#found = Math.min(this.#found, held);
    const step = held * STEP;
    const past = held - Math.max(disk * SHARE, this.#found);
    const isOwn = wanted > 0 && this.#store.taken() >= disk * OWN_PART;
    const bytes = Math.max(past > 0 ? past + step : 0, isOwn ? Math.max(wanted, step) : 0);
    return of === undefined ? { bytes } : { of, bytes };
  }
}
