// Whether a broker takes what it is sent: one that is connected and refuses everything is as good as away.
import type { Clock } from '../util/clock.ts';
import { type BridgeError, fail } from '../util/errors.ts';

/** Refused without one that was taken in between: of all messages, and of what the queue holds alone. */
const MANY = 3;
const MANY_QUEUED = 10;
/** How long (ms) nothing may be taken over connections that fail: a broker that is restarted is back by then. */
const PATIENCE_MS = 60_000;

export interface DeliveryWatchOptions {
  clock: Clock;
  /** Nothing goes through any more, for this reason; undefined: it does again. */
  onTrouble(error: BridgeError | undefined): void;
}

/** A message: of a device where the queue holds it, of none where it is of the present state. */
interface Sent {
  device: string;
}

export class DeliveryWatch {
  readonly #options: DeliveryWatchOptions;
  #refused = 0;
  #refusedQueued = 0;
  #isWell = true;
  #trouble: BridgeError | undefined;
  /** The last failure of a connection, while it is waited whether the next is better. */
  #failure: BridgeError | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: DeliveryWatchOptions) {
    this.#options = options;
  }

  /** The broker has acknowledged a message. */
  taken({ device }: Sent): void {
    if (this.#isWell) return;
    // Where everything was refused, the first that is taken says that this is over.
    if (device !== '' || this.#refused >= MANY) this.#refusedQueued = 0;
    this.#refused = 0;
    this.stop();
    if (this.#refusedQueued >= MANY_QUEUED) return;
    this.#isWell = this.#refusedQueued === 0;
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#options.onTrouble(undefined);
  }

  /** The broker has refused a message for good. */
  refused({ device }: Sent, reason: string): void {
    this.#isWell = false;
    this.#refused += 1;
    if (device !== '') this.#refusedQueued += 1;
    if (this.#refused < MANY && this.#refusedQueued < MANY_QUEUED) return;
    this.stop();
    this.#raise(fail('BROKER_DENIED', `the broker refuses what it is sent: ${reason}`));
  }

  /** A connection could not be made, or was lost. */
  failed(error: BridgeError): void {
    this.#isWell = false;
    this.#failure = error;
    if (this.#trouble !== undefined) this.#raise(error);
    else this.#wait();
  }

  #wait(): void {
    this.#cancel ??= this.#options.clock.after(PATIENCE_MS, () => {
      this.#cancel = undefined;
      if (this.#failure !== undefined) this.#raise(this.#failure);
    });
  }

  /** Waits for nothing any more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#failure = undefined;
  }

  #raise(error: BridgeError): void {
    if (this.#trouble?.code === error.code) return;
    this.#trouble = error;
    this.#options.onTrouble(error);
  }
}
