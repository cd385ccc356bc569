// A clock that stands still until a test moves it.
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Clock } from '../../src/util/clock.ts';

export interface FakeClock extends Clock {
  /** Runs what is due within `ms`, in order of time, and lets sockets and promises settle after each. */
  advance(ms: number): Promise<void>;
  /** Corrects the time of day by `ms`, as NTP does: no timer and no monotonic time moves. */
  step(ms: number): void;
  /** Timers that wait: none once everything is stopped. */
  waiting(): number;
}

export function createFakeClock(start = Date.UTC(2026, 10, 22, 8)): FakeClock {
  let now = start;
  let correction = 0;
  const timers = new Set<{ at: number; callback: () => void }>();
  const nextBefore = (end: number) =>
    [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  return {
    now: () => now + correction,
    monotonic: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const end = now + ms;
      for (let due = nextBefore(end); due !== undefined; due = nextBefore(end)) {
        timers.delete(due);
        now = due.at;
        due.callback();
        await settle();
      }
      now = end;
      await settle();
    },
    step(ms) {
      correction += ms;
    },
    waiting: () => timers.size,
  };
}

/** A few turns of the event loop, and the time in which bytes pass over loopback and are answered. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
  await setTimeout(2);
}
