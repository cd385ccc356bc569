// Counts what a broker sends that nobody asked for: a few are a broker's oddity, a flood of them ends the connection.
import type { Clock } from '../util/clock.ts';

/** So many in so long (ms). */
const MAX = 1_000;
const WITHIN_MS = 10_000;

/** Makes the function to call for each; calls `tooMany` once when they are a flood. */
export function createUnaskedLimit(clock: Clock, tooMany: () => void): () => void {
  let count = 0;
  let since = clock.monotonic();
  return () => {
    const now = clock.monotonic();
    if (now - since > WITHIN_MS) {
      count = 0;
      since = now;
    }
    count += 1;
    if (count === MAX) tooMany();
  };
}
