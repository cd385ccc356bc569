// So many in a time, and no more: what a flood may cost.
import type { Clock } from '../util/clock.ts';

export interface WindowOptions {
  max: number;
  /** Milliseconds. */
  ms: number;
  clock: Clock;
}

/** Gives whether one more is allowed; it counts if so. */
export function createWindow({ max, ms, clock }: WindowOptions): () => boolean {
  let since = Number.NEGATIVE_INFINITY;
  let count = 0;
  return () => {
    const now = clock.monotonic();
    if (now - since >= ms) {
      since = now;
      count = 0;
    }
    count += 1;
    return count <= max;
  };
}
