// When a thing that is done regularly is due next, by the monotonic clock (ms).
import type { Clock } from '../../util/clock.ts';

export interface Schedule {
  due(): number;
  /** The next of a row of times, `interval` ms apart from the last start on; those that have passed are skipped. */
  plan(startedAt: number, interval: number): void;
  /** Not before that. */
  putOff(until: number): void;
}

export function createSchedule(clock: Pick<Clock, 'monotonic'>, first: number): Schedule {
  let due = first;
  return {
    due: () => due,
    plan(startedAt, interval) {
      const passed = Math.floor((clock.monotonic() - startedAt) / interval);
      due = startedAt + (passed + 1) * interval;
    },
    putOff(until) {
      due = Math.max(due, until);
    },
  };
}
