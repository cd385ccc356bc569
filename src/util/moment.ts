// A moment that a correction of the clock does not make untrue.
import type { Clock } from './clock.ts';

export interface Moment {
  /** Ms since the epoch, as the clock said it then. */
  time: number;
  /** The monotonic clock's. */
  monotonic: number;
}

export function momentOf(clock: Clock): Moment {
  return { time: clock.now(), monotonic: clock.monotonic() };
}

/** The least that has passed (ms) between two moments, be they of different runs or before and after a reboot. */
export function elapsed(from: Moment, to: Moment): number {
  // A monotonic clock that is behind has begun anew in between.
  return to.monotonic >= from.monotonic ? to.monotonic - from.monotonic : to.monotonic;
}
