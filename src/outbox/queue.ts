// One broker's queue: batches in order of commit, taken by one reader, gone when all their entries are settled.
//
// While the reader keeps up, batches reach it from memory (the tail). Once it falls behind by TAIL_BYTES the tail is
// dropped and it reads from the store until it has caught up, so memory does not grow with the backlog.
import type { Batch } from './batch.ts';
import type { Store } from './store.ts';
import type { Delivery, Entry, Outcome, QueueReader } from './types.ts';

const TAIL_BYTES = 4 * 1024 * 1024;
/** Batches read at once: a backlog that has expired must not be read whole before a commit removes any of it. */
const BATCHES_AT_ONCE = 256;

/** A batch whose entries are all settled, and how: what the next commit removes and counts. */
export interface Finished {
  commit: number;
  time: number;
  entries: Entry[];
  outcomes: Outcome[];
}

export interface Queue extends QueueReader {
  /** A batch is in the store now. */
  committed(commit: number, batch: Batch): void;
  /**
   * Redirects what a batch that was taken has not delivered in time; `now` by the queue's time. Returns what of it
   * is still open.
   */
  overdue(commit: number, now: number): Batch;
  /** The commit number up to which batches were taken; what lies above may still be changed in the store. */
  taken(): number;
  /** Whether the reader has taken all that came before now. */
  hasCaughtUp(): boolean;
  /** What was finished is gone from the store: there may be more to take. */
  goOn(): void;
  /** Until the returned function is called nothing is read from the store (its batches are being rewritten). */
  hold(): () => void;
}

export interface QueueOptions {
  broker: string;
  store: Pick<Store, 'batches'>;
  /** The queue's time (ms). */
  now(): number;
  /** Batches from before this time expire instead of being delivered. */
  expiredBefore(): number;
  onFinished(finished: Finished): void;
  onRejected(entry: Entry, reason: string): void;
  /** Whether the broker that the entry names instead has a queue. */
  hasInstead(entry: Entry): boolean;
  /** An entry of this batch, finished or not, goes to another queue. */
  onRedirected(batch: Finished, entry: Entry): void;
}

interface OpenBatch extends Finished {
  settled: boolean[];
  left: number;
}

/** Makes the queue of one broker over what the store holds of it. */
export function createQueue(options: QueueOptions): Queue {
  const open = new Map<number, OpenBatch>();
  const listeners = new Set<() => void>();
  let tail: { commit: number; batch: Batch }[] = [];
  let tailBytes = 0;
  let live = false;
  let held = 0;
  let position = 0;
  let ready: Delivery[] = [];
  let stopped = false;

  const available = () => {
    for (const listener of listeners) listener();
  };

  const openBatch = (commit: number, batch: Batch) => {
    position = commit;
    const { entries, time } = batch;
    const opened: OpenBatch = { commit, time, entries, outcomes: [], settled: [], left: entries.length };
    open.set(commit, opened);
    const expired = batch.time < options.expiredBefore();
    for (let index = 0; index < entries.length; index++) {
      if (expired) settle(opened, index, 'expired');
      else ready.push(delivery(opened, index));
    }
  };

  const settle = (batch: OpenBatch, index: number, outcome: Outcome) => {
    if (batch.settled[index]) return;
    batch.settled[index] = true;
    batch.outcomes[index] = outcome;
    batch.left -= 1;
    if (outcome === 'redirected') options.onRedirected(batch, batch.entries[index] as Entry);
    if (batch.left > 0) return;
    open.delete(batch.commit);
    options.onFinished(batch);
  };

  const delivery = (batch: OpenBatch, index: number): Delivery => {
    const entry = batch.entries[index] as Entry;
    return {
      entry,
      settle(asked, reason = '') {
        const outcome = asked === 'redirected' && !options.hasInstead(entry) ? 'rejected' : asked;
        if (outcome === 'rejected' && !batch.settled[index]) options.onRejected(entry, reason);
        settle(batch, index, outcome);
      },
    };
  };

  const readMore = (): boolean => {
    const next = tail.shift();
    if (next) {
      tailBytes -= sizeOf(next.batch);
      openBatch(next.commit, next.batch);
      return true;
    }
    if (live || held > 0) return false;
    for (const { commit, batch } of options.store.batches(options.broker, position)) {
      openBatch(commit, batch);
      return true;
    }
    live = true;
    return false;
  };

  return {
    now: options.now,
    async take(max, maxChars = Number.POSITIVE_INFINITY) {
      let left = BATCHES_AT_ONCE;
      let count = 0;
      let chars = 0;
      for (;;) {
        for (; count < max && chars < maxChars && count < ready.length; count++)
          chars += ready[count]?.entry.payload.length ?? 0;
        if (count === max || chars >= maxChars || left === 0 || !readMore()) break;
        left -= 1;
      }
      stopped = left === 0;
      return ready.splice(0, count);
    },
    onAvailable(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    rewind() {
      ready = [...open.values()].flatMap(batch => unsettled(batch).map(index => delivery(batch, index)));
    },
    committed(commit, batch) {
      // A batch can be read from the store before its commit is reported.
      if (live && commit > position) {
        tail.push({ commit, batch });
        tailBytes += sizeOf(batch);
      }
      if (tailBytes > TAIL_BYTES) forgetTail();
      available();
    },
    overdue(commit, now) {
      const batch = open.get(commit);
      if (batch === undefined) return { time: now, entries: [] };
      const waiting = unsettled(batch).map(index => delivery(batch, index));
      for (const late of waiting) if (isOverdue(late.entry, now)) late.settle('redirected', LATE);
      const rest = waiting.map(({ entry }) => entry).filter(entry => !isOverdue(entry, now));
      return { time: batch.time, entries: rest };
    },
    taken: () => position,
    hasCaughtUp: () => live && tail.length === 0,
    goOn() {
      if (!stopped) return;
      stopped = false;
      available();
    },
    hold() {
      held += 1;
      forgetTail();
      return () => {
        held -= 1;
        available();
      };
    },
  };

  function forgetTail(): void {
    tail = [];
    tailBytes = 0;
    live = false;
  }
}

/** The size that the queue's limit counts: the text, and what the store adds to it. */
export function sizeOfEntry(entry: Entry): number {
  return Buffer.byteLength(entry.payload) + Buffer.byteLength(entry.topic) + 80;
}

/** Whether a critical message has not been delivered in time. */
export function isOverdue({ demand }: Entry, now: number): boolean {
  return demand !== undefined && demand.by > 0 && demand.by <= now;
}

/** The reason of what is set aside for that. */
export const LATE = 'not delivered in time';

function sizeOf(batch: Batch): number {
  return batch.entries.reduce((sum, entry) => sum + entry.payload.length, 0);
}

function unsettled(batch: OpenBatch): number[] {
  return batch.entries.flatMap((_, index) => (batch.settled[index] ? [] : [index]));
}
