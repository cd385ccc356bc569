// What a full queue gives up: the oldest entries of the device that fills it most, again and again until it fits.
import { sizeOfEntry } from './queue.ts';
import type { Change, Store } from './store.ts';
import type { Entry } from './types.ts';

/** Batches looked at in one go, so that a large queue does not hold up the events. */
const BATCHES_AT_ONCE = 256;

/**
 * How many bytes each device has to give up so that `excess` bytes go: what comes of taking from the one that
 * holds most, over and over, is that all above a common level are cut down to it.
 */
export function shares(held: ReadonlyMap<string, number>, excess: number): Map<string, number> {
  const sizes = [...held.values()].sort((a, b) => b - a);
  let level = 0;
  let above = 0;
  for (const [index, size] of sizes.entries()) {
    above += size;
    level = Math.max(0, (above - excess) / (index + 1));
    if (level >= (sizes[index + 1] ?? 0)) break;
  }
  const over = [...held].map(([device, size]): [string, number] => [device, size - level]);
  return new Map(over.filter(([, size]) => size > 0));
}

export interface TrimOptions {
  broker: string;
  store: Pick<Store, 'batches'>;
  /** Batches up to this commit number are with the reader and stay. */
  after: number;
  held: ReadonlyMap<string, number>;
  excess: number;
}

/** The rows that free `excess` bytes of a broker's queue, or as much of it as can be found at once. */
export function trim(options: TrimOptions): { changes: Change[]; dropped: Entry[]; last: number } {
  const { broker, store, after, held, excess } = options;
  const share = shares(held, excess);
  const changes: Change[] = [];
  const dropped: Entry[] = [];
  let left = BATCHES_AT_ONCE;
  let last = after;
  for (const { commit, batch } of store.batches(broker, after)) {
    const kept = batch.entries.filter(entry => !takeFrom(share, entry, dropped));
    if (kept.length < batch.entries.length) {
      const value = kept.length > 0 ? { ...batch, entries: kept } : undefined;
      changes.push({ table: 'queue', key: [broker, commit], value });
    }
    last = commit;
    left -= 1;
    if (left === 0 || share.size === 0) break;
  }
  return { changes, dropped, last };
}

/** The rows that remove a broker's batches from before `before` (ms, the queue's time), oldest first. */
export function expire(options: {
  broker: string;
  store: Pick<Store, 'batches'>;
  after: number;
  before: number;
}): {
  changes: Change[];
  expired: Entry[];
} {
  const changes: Change[] = [];
  const expired: Entry[] = [];
  for (const { commit, batch } of options.store.batches(options.broker, options.after)) {
    if (batch.time >= options.before || changes.length === BATCHES_AT_ONCE) break;
    changes.push({ table: 'queue', key: [options.broker, commit], value: undefined });
    expired.push(...batch.entries);
  }
  return { changes, expired };
}

function takeFrom(share: Map<string, number>, entry: Entry, dropped: Entry[]): boolean {
  const rest = share.get(entry.device);
  if (rest === undefined) return false;
  dropped.push(entry);
  const remaining = rest - sizeOfEntry(entry);
  if (remaining > 0) share.set(entry.device, remaining);
  else share.delete(entry.device);
  return true;
}
