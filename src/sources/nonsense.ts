// A stream that is full of what cannot be read: reading it keeps us busy, and brings nothing.
import type { Clock } from '../util/clock.ts';
import { fail } from '../util/errors.ts';

const WINDOW_MS = 10_000;
/** Within the window; a device that means well says a few that cannot be read when a stream begins. */
const MOST = 1_000;

/**
 * Makes the function to be called for each message that cannot be read. It ends the stream, to be opened again after
 * a while, where more than a thousand come within 10 s.
 */
export function createNonsense(clock: Clock, end: (reason: unknown) => void): () => void {
  let since = Number.NEGATIVE_INFINITY;
  let count = 0;
  return () => {
    const now = clock.monotonic();
    if (now - since > WINDOW_MS) {
      since = now;
      count = 0;
    }
    count += 1;
    if (count > MOST)
      end(fail('PROTOCOL', `more than ${MOST} messages that cannot be read, within ${WINDOW_MS / 1000} s`));
  };
}
