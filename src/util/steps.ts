// Work that can be left for a while after each of its steps, so that nothing else is held up by it.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Bytes, or characters, that are read in one step: of the costliest a millisecond or two. */
export const STEP_SIZE = 16 * 1024;

/** Gives `T` in the end; each step is a small amount of work, whatever the whole is. */
export type Steps<T> = Generator<void, T, void>;

/** Does all of it at once. Throws what the work throws. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Does each step in a turn of the event loop of its own. Rejects with what the work throws. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await nextTurn();
  }
}
