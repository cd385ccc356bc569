// One broker's queue with its accounts: what it holds of each device, its limits, and what the next commit removes.

import type { Batch } from './batch.ts';
import type { Ledger } from './ledger.ts';
import { createQueue, type Finished, sizeOfEntry } from './queue.ts';
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
  /** Counts an entry as routed; it is in the store with the next commit. */
  add(entry: Entry): void;
  /** A commit brought these. */
  committed(commit: number, batch: Batch): void;
  /** What the next commit has to remove: the delivered, the too many and, if asked to look, the too old. */
  clear(look: { age: boolean }): { changes: Change[]; done(): void };
}

export interface BrokerQueueOptions {
  broker: string;
  store: Store;
  ledger: Ledger;
  limits: QueueLimits;
  now(): number;
  /** Something waits for the next commit. */
  onChange(): void;
}

/** Messages set aside that are kept for each broker. */
const SET_ASIDE_MAX = 1000;

export function createBrokerQueue(options: BrokerQueueOptions): BrokerQueue {
  const { broker, store, ledger, now } = options;
  const held = heldOf(ledger, broker);
  let bytes = [...held.values()].reduce((sum, size) => sum + size, 0);
  let finished: Finished[] = [];
  let aside: Change[] = [];
  let asideNumbers = [...store.rejected(broker)].map(({ key }) => key[1]);
  let sweptTo = 0;

  const queue = createQueue({
    broker,
    store,
    expiredBefore: () => now() - self.limits.maxAge,
    onFinished(batch) {
      finished.push(batch);
      options.onChange();
    },
    onRejected(entry, reason) {
      const number = (asideNumbers.at(-1) ?? 0) + 1;
      asideNumbers.push(number);
      aside.push({ table: 'rejected', key: [broker, number], value: { time: now(), reason, entry } });
    },
  });

  const hold = (device: string, size: number) => {
    bytes += size;
    ledger.broker(device, broker).bytes += size;
    ledger.touch(device);
    const sum = (held.get(device) ?? 0) + size;
    if (sum > 0) held.set(device, sum);
    else held.delete(device);
  };

  const leave = (entry: Entry, outcome: Outcome) => {
    hold(entry.device, -sizeOfEntry(entry));
    ledger.broker(entry.device, broker)[outcome] += 1;
  };

  const removeFinished = (): Change[] => {
    const batches = finished;
    finished = [];
    for (const { entries, outcomes } of batches) {
      for (const [index, entry] of entries.entries()) leave(entry, outcomes[index] ?? 'published');
    }
    return batches.map(({ commit }) => ({ table: 'queue', key: [broker, commit], value: undefined }));
  };

  const trimToLimit = (): Change[] => {
    const excess = bytes - self.limits.maxBytes;
    if (excess <= 0) return [];
    const after = Math.max(queue.taken(), sweptTo);
    const result = trim({ broker, store, after, held, excess: excess + self.limits.maxBytes / 100 });
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

  const limitAside = (): Change[] => {
    const surplus = asideNumbers.slice(0, -SET_ASIDE_MAX);
    asideNumbers = asideNumbers.slice(-SET_ASIDE_MAX);
    const changes = [
      ...aside,
      ...surplus.map((number): Change => ({ table: 'rejected', key: [broker, number], value: undefined })),
    ];
    aside = [];
    return changes;
  };

  const self: BrokerQueue = {
    reader: queue,
    limits: options.limits,
    add(entry) {
      ledger.broker(entry.device, broker).routed += 1;
      hold(entry.device, sizeOfEntry(entry));
    },
    committed: queue.committed,
    clear(look) {
      // Two looks at the same rows in one commit would count an entry twice: age first, size with the next.
      const old = look.age ? expireOld() : [];
      const rewritten = old.length > 0 ? old : trimToLimit();
      const done = rewritten.length > 0 ? queue.hold() : () => {};
      return { changes: [...removeFinished(), ...limitAside(), ...rewritten], done };
    },
  };
  return self;
}

function heldOf(ledger: Ledger, broker: string): Map<string, number> {
  const held = new Map<string, number>();
  for (const [device, { brokers }] of ledger.devices()) {
    const bytes = brokers[broker]?.bytes ?? 0;
    if (bytes > 0) held.set(device, bytes);
  }
  return held;
}
