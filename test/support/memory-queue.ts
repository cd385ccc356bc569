// A queue in memory with the outbox's contract, and a record of how each entry ended.
import type { Delivery, Entry, Outcome, QueueReader } from '../../src/outbox/types.ts';

export interface Settled {
  entry: Entry;
  outcome: Outcome;
  reason?: string | undefined;
}

export interface MemoryQueue extends QueueReader {
  append(...entries: Entry[]): void;
  /** In the order in which they ended. */
  settled: Settled[];
  /** Entries that have not ended. */
  size(): number;
  /** Resolves when none is left; rejects after `ms`. */
  empty(ms?: number): Promise<void>;
}

/** An empty queue. Settling twice, or what was given back, throws. */
export function createMemoryQueue(): MemoryQueue {
  const settled: Settled[] = [];
  const listeners = new Set<() => void>();
  let entries = new Map<number, Entry>();
  let added = 0;
  let next = 0;
  let epoch = 0;
  let onEmpty = () => {};

  function deliver(number: number, entry: Entry): Delivery {
    const mine = epoch;
    return {
      entry,
      settle(outcome, reason) {
        if (mine !== epoch) throw new Error(`settled after it was given back: ${entry.topic}`);
        if (!entries.delete(number)) throw new Error(`settled twice: ${entry.topic}`);
        settled.push({ entry, outcome, reason });
        if (entries.size === 0) onEmpty();
      },
    };
  }

  return {
    now: Date.now,
    settled,
    size: () => entries.size,
    append(...list) {
      for (const entry of list) entries.set(added++, entry);
      for (const listener of listeners) listener();
    },
    async take(max, maxChars = Number.POSITIVE_INFINITY) {
      const taken: Delivery[] = [];
      let chars = 0;
      for (; next < added && taken.length < max && chars < maxChars; next++) {
        const entry = entries.get(next);
        if (entry === undefined) continue;
        taken.push(deliver(next, entry));
        chars += entry.payload.length;
      }
      return taken;
    },
    onAvailable(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    rewind() {
      epoch += 1;
      entries = new Map(entries);
      next = Math.min(added, ...first(entries.keys()));
    },
    empty(ms = 60_000) {
      if (entries.size === 0) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${entries.size} entries left after ${ms} ms`)), ms);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}

/** An entry with every field, `change`d where a test cares. */
export function entry(change: Partial<Entry> = {}): Entry {
  return {
    device: 'entrance',
    topic: 'axis2mqtt/entrance/event/Device/IO/Port/port=1',
    payload: '{"state":true}',
    qos: 1,
    retain: false,
    expires: 0,
    id: 'b7c0',
    seq: 1,
    ...change,
  };
}

/** Entries numbered from 1 (`seq`), all alike but for that and `change`. */
export function entries(count: number, change: (seq: number) => Partial<Entry> = () => ({})): Entry[] {
  return Array.from({ length: count }, (_, index) => {
    const seq = index + 1;
    return entry({ seq, id: `id${seq}`, payload: `{"seq":${seq}}`, ...change(seq) });
  });
}

function first(keys: Iterable<number>): number[] {
  for (const key of keys) return [key];
  return [];
}
