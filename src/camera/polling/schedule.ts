// When a thing that is done regularly is due next, on a clock that may be set.
import type { Clock } from '../../util/clock.ts';

export interface Schedule {
  /** Ms since the epoch. */
  due(): number;
  /** The next of a row of times, `interval` ms apart from the last start on; those that have passed are skipped. */
  plan(startedAt: number, interval: number): void;
  /** Not before that. */
  putOff(until: number): void;
}

/** Due at `first` (ms since the epoch). */
export function createSchedule(clock: Clock, first: number): Schedule {
  let due = first;
  let wait = due - clock.now();
  const set = (next: number) => {
    due = next;
    wait = due - clock.now();
  };
  return {
    due() {
      // Not later than was meant, where the clock was set back meanwhile.
      due = Math.min(due, clock.now() + wait);
      return due;
    },
    plan(startedAt, interval) {
      const passed = Math.floor((clock.now() - startedAt) / interval);
      set(startedAt + (Math.max(passed, 0) + 1) * interval);
    },
    putOff: until => set(Math.max(due, until)),
  };
}
