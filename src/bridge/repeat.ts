import type { Clock } from '../util/clock.ts';

/** Does the work every `ms` from now on; returns the end of that. */
export function repeat(clock: Pick<Clock, 'after'>, ms: number, work: () => void): () => void {
  let cancel = clock.after(ms, next);
  function next(): void {
    cancel = clock.after(ms, next);
    work();
  }
  return () => cancel();
}
