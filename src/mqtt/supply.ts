// What there is to send: the changes of the present state first, then the queue, read ahead by a bounded helping.
import type { Delivery, Entry, QueueReader } from '../outbox/types.ts';
import type { Allowance, PresentMessage, PresentReader } from './present.ts';

/** Characters of payload that are held before no more is read ahead. */
const MAX_LOAD = 4 * 1024 * 1024;

export interface SupplyOptions {
  queue: QueueReader;
  present: PresentReader;
  allowance: Allowance;
  /** There may be something to send that was not there before. */
  onReady(): void;
  onError(error: unknown): void;
}

export interface Supply {
  open(): void;
  /** Gives nothing from now on; resolves when no read of the queue is under way. */
  close(): Promise<void>;
  /** `now` in ms since the epoch. */
  next(now: number): Delivery | undefined;
  /** At most `max` messages of the present state that were postponed, the smallest first. */
  takePostponed(max: number): Delivery[];
  /** Reads ahead, so that up to `max` entries wait to be sent. */
  fetch(max: number): void;
  /** Whether nothing is left to give, here or in the queue. */
  isEmpty(): boolean;
}

/** For one connection; entries whose time is over are settled here. */
export function createSupply({ queue, present, allowance, onReady, onError }: SupplyOptions): Supply {
  const ahead = createReadAhead({ queue, onReady, onError });
  let cancel: (() => void)[] = [];
  let closed = false;
  return {
    open() {
      present.restart();
      cancel = [present.onChange(onReady), queue.onAvailable(ahead.mayHaveMore)];
    },
    close() {
      closed = true;
      for (const undo of cancel) undo();
      return ahead.idle();
    },
    next(now) {
      if (closed) return undefined;
      const shown = present.next(allowance);
      return shown === undefined ? ahead.next(now) : presentDelivery(shown, present);
    },
    takePostponed(max) {
      if (closed) return [];
      return present.takePostponed(max, allowance).map(message => presentDelivery(message, present));
    },
    fetch(max) {
      if (!closed) ahead.fetch(max);
    },
    isEmpty: () => closed || ahead.isEmpty(),
  };
}

function createReadAhead({ queue, onReady, onError }: Pick<SupplyOptions, 'queue' | 'onReady' | 'onError'>) {
  let waiting: Delivery[] = [];
  let at = 0;
  let taking = false;
  let mayHave = true;
  /** Characters that wait. */
  let load = 0;
  let reading = Promise.resolve();
  const take = async (max: number) => {
    taking = true;
    mayHave = false;
    try {
      const taken = await queue.take(max, MAX_LOAD - load);
      waiting = [...waiting.slice(at), ...taken];
      at = 0;
      if (taken.length > 0) mayHave = true;
      for (const { entry } of taken) load += entry.payload.length;
    } finally {
      taking = false;
    }
    onReady();
  };
  return {
    mayHaveMore() {
      mayHave = true;
      onReady();
    },
    next(now: number): Delivery | undefined {
      for (let delivery = waiting[at]; delivery !== undefined; delivery = waiting[at]) {
        at += 1;
        const { entry } = delivery;
        load -= entry.payload.length;
        if (isLate(entry, now)) delivery.settle('redirected', 'not delivered in time');
        else if (!isExpired(entry, now)) return delivery;
        else delivery.settle('expired');
      }
      return undefined;
    },
    fetch(max: number) {
      const wanted = max - (waiting.length - at);
      // Less than half a helping is not worth a read of the queue.
      if (taking || !mayHave || wanted * 2 < max || load * 2 > MAX_LOAD) return;
      reading = take(wanted).catch(onError);
    },
    idle: () => reading,
    isEmpty: () => at === waiting.length && !taking && !mayHave,
  };
}

function isExpired({ expires, retain }: Entry, now: number): boolean {
  return expires > 0 && expires <= now && !retain;
}

function isLate({ demand }: Entry, now: number): boolean {
  return demand !== undefined && demand.by > 0 && demand.by <= now;
}

/** A message of the present state, as if it came out of the queue. */
function presentDelivery({ topic, payload }: PresentMessage, present: PresentReader): Delivery {
  return {
    entry: { device: '', topic, payload, qos: 1, retain: true, expires: 0, id: '', seq: 0 },
    settle: outcome => (outcome === 'rejected' ? present.block(topic) : present.arrived(topic)),
  };
}
