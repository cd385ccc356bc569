// What counted up since the last time, over restarts of the bridge; a counter that went down has started anew.
import type { Reading } from '../../event.ts';

/** Last known counts by the name of the value. */
export type Counts = ReadonlyMap<string, number>;

export interface Counted {
  counts: Counts;
  /** By how much each grew; only of counters that were known. */
  delta: Record<string, number>;
  /** A counter went down, so its delta is all that it has counted since. */
  reset: boolean;
}

/** Compares the counters of a reading with what was last known of them. */
export function countUp({ counters, values }: Pick<Reading, 'counters' | 'values'>, last: Counts): Counted {
  const counts = new Map<string, number>();
  const delta: [string, number][] = [];
  let reset = false;
  for (const name of counters) {
    const value = values[name];
    if (typeof value !== 'number') continue;
    counts.set(name, value);
    const before = last.get(name);
    if (before === undefined) continue;
    reset ||= value < before;
    delta.push([name, value < before ? value : value - before]);
  }
  return { counts, delta: Object.fromEntries(delta), reset };
}

export function writeCounts(counts: Counts): string {
  return JSON.stringify([...counts]);
}

/** What `writeCounts` wrote; none where there is nothing. */
export function readCounts(text: string | undefined): Counts {
  return new Map(text === undefined ? [] : (JSON.parse(text) as [string, number][]));
}
