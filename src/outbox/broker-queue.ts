// One broker's queue with its accounts: what it holds of each device, its limits, and what the next commit removes.

import type { Clock } from '../util/clock.ts';
import type { Batch } from './batch.ts';
import { createDeadLetters } from './dead-letters.ts';
import type { BrokerCounts, Ledger } from './ledger.ts';
import { createQueue, type Finished, LATE, sizeOfEntry } from './queue.ts';
import { createRedirects } from './redirect.ts';
import type { Change, Store } from './store.ts';
import { expire, trim } from './trim.ts';
import type { Entry, Outcome, QueueReader } from './types.ts';

export interface QueueLimits {
  /** Bytes; past them the oldest of the device that holds most is dropped. */
  maxBytes: number;
  /** Milliseconds; older entries expire. */
  maxAge: number;
}

export interface BrokerQueue {
  readonly reader: QueueReader;
  limits: QueueLimits;
  /** What it holds. */
  readonly bytes: number;
  /** Counts an entry as routed; it is in the store with the next commit. */
  add(entry: Entry): void;
  /** A commit brought these. */
  committed(commit: number, batch: Batch): void;
  /** Whether a critical message is not delivered in time, which `clear` sees to. */
  isDue(): boolean;
  /**
   * What the next commit has to remove: the delivered, the too many and, if asked to look, the too old; `moved` are
   * removed and have to be added to the queue that each names instead. `excess`: bytes to give up for want of disk.
   */
  clear(look: { age: boolean; excess: number }): Cleared;
}

export interface Cleared {
  changes: Change[];
  moved: Entry[];
  /** More is too old than was looked at. */
  more: boolean;
  /** To be called once it is committed. */
  done(): void;
}

export interface BrokerQueueOptions {
  broker: string;
  store: Store;
  ledger: Ledger;
  limits: QueueLimits;
  clock: Pick<Clock, 'now'>;
  /** The time (ms) by which entries age. */
  now(): number;
  /** Whether there is a queue of that name. */
  isOpen(broker: string): boolean;
  /** Something waits for the next commit. */
  onChange(): void;
  /** A state was given up, and the rest of the queue is with the reader: the broker may retain an older one. */
  onOutdated(): void;
}

/** Least time (ms) between two times that it is told to be outdated: saying all again fills the queue. */
const OUTDATED_EVERY = 60_000;

export function createBrokerQueue(options: BrokerQueueOptions): BrokerQueue {
  const { broker, store, ledger, clock, now } = options;
  const held = heldOf(ledger, broker);
  let bytes = [...held.values()].reduce((sum, size) => sum + size, 0);
  let finished: Finished[] = [];
  const deadLetters = createDeadLetters({ broker, store, now: clock.now });
  let sweptTo = 0;
  let gaveUpState = false;
  let toldAt = Number.NEGATIVE_INFINITY;

  const queue = createQueue({
    broker,
    store,
    now,
    expiredBefore: () => now() - self.limits.maxAge,
    onFinished(batch) {
      finished.push(batch);
      options.onChange();
    },
    onRejected: deadLetters.add,
    hasInstead,
    onRedirected(batch, entry) {
      redirects.add(batch, entry);
      options.onChange();
    },
  });
  const redirects = createRedirects({ broker, store, queue });

  function hasInstead({ demand }: Entry): boolean {
    return demand !== undefined && options.isOpen(demand.instead);
  }

  /** Holds so much more of the device; gives its counts. */
  const hold = (device: string, size: number): BrokerCounts => {
    const counts = ledger.broker(device, broker);
    counts.bytes += size;
    bytes += size;
    ledger.touch(device);
    const sum = (held.get(device) ?? 0) + size;
    if (sum > 0) held.set(device, sum);
    else held.delete(device);
    return counts;
  };

  const leave = (entry: Entry, outcome: Outcome) => {
    hold(entry.device, -sizeOfEntry(entry))[outcome] += 1;
    gaveUpState ||= entry.retain && (outcome === 'expired' || outcome === 'dropped');
  };

  const removeFinished = (): Change[] => {
    const batches = finished;
    finished = [];
    for (const { commit, entries, outcomes } of batches) {
      redirects.forget(commit);
      for (const [index, entry] of entries.entries()) {
        // A redirected one was counted when it moved, maybe long before the rest of its batch was delivered.
        if (outcomes[index] !== 'redirected') leave(entry, outcomes[index] ?? 'published');
      }
    }
    return batches.map(({ commit }) => ({ table: 'queue', key: [broker, commit], value: undefined }));
  };

  const trimToLimit = (asked: number): Change[] => {
    const { maxBytes } = self.limits;
    const past = bytes - maxBytes;
    const excess = Math.max(past > 0 ? past + maxBytes / 100 : 0, asked);
    if (excess <= 0) return [];
    const after = Math.max(queue.taken(), sweptTo);
    const result = trim({ broker, store, after, held, excess });
    sweptTo = result.last === after ? 0 : result.last;
    for (const entry of result.dropped) leave(entry, 'dropped');
    return result.changes;
  };

  const expireOld = (): Change[] => {
    const before = now() - self.limits.maxAge;
    const { changes, expired } = expire({ broker, store, after: queue.taken(), before });
    for (const entry of expired) leave(entry, 'expired');
    return changes;
  };

  /** Counts entries that are out of their rows; gives those that another queue takes. */
  const move = (entries: readonly Entry[]): Entry[] => {
    const [moved, stranded] = [entries.filter(hasInstead), entries.filter(entry => !hasInstead(entry))];
    for (const entry of moved) leave(entry, 'redirected');
    for (const entry of stranded) {
      deadLetters.add(entry, LATE);
      leave(entry, 'rejected');
    }
    return moved;
  };

  const self: BrokerQueue = {
    reader: queue,
    limits: options.limits,
    get bytes() {
      return bytes;
    },
    add(entry) {
      hold(entry.device, sizeOfEntry(entry)).routed += 1;
    },
    committed(commit, batch) {
      redirects.note(commit, batch);
      queue.committed(commit, batch);
    },
    isDue: () => redirects.isDue(now()),
    clear(look) {
      // Two looks at the same rows in one commit would count an entry twice: what is due first, then age, then size.
      const due = redirects.takeDue(now());
      // What is delivered takes no room any more.
      const delivered = removeFinished();
      const old = look.age && due.changes.length === 0 ? expireOld() : due.changes;
      const rewritten = old.length > 0 ? old : trimToLimit(look.excess);
      const release = rewritten.length > 0 ? queue.hold() : () => {};
      const taken = redirects.take();
      const moved = move([...taken.entries, ...due.entries]);
      // A row that loses an entry may be finished by now: its removal comes after.
      return {
        changes: [...taken.changes, ...delivered, ...deadLetters.changes(), ...rewritten],
        moved,
        more: look.age && old.length > 0,
        done() {
          release();
          queue.goOn();
          if (!gaveUpState || !queue.hasCaughtUp() || now() - toldAt < OUTDATED_EVERY) return;
          gaveUpState = false;
          toldAt = now();
          options.onOutdated();
        },
      };
    },
  };
  return self;
}

/** Counts an entry for a queue that nobody has opened yet; it is in the store with the next commit. */
export function addUnopened(ledger: Ledger, broker: string, entry: Entry): void {
  const counts = ledger.broker(entry.device, broker);
  counts.routed += 1;
  counts.bytes += sizeOfEntry(entry);
  ledger.touch(entry.device);
}

function heldOf(ledger: Ledger, broker: string): Map<string, number> {
  const held = new Map<string, number>();
  for (const [device, { brokers }] of ledger.devices()) {
    const bytes = brokers[broker]?.bytes ?? 0;
    if (bytes > 0) held.set(device, bytes);
  }
  return held;
}
