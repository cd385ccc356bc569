// Lets so many tasks run at a time; the others wait in line.
import type { Clock } from './clock.ts';

export type Limit = <T>(task: () => Promise<T>, signal: AbortSignal) => Promise<T>;

export interface LimitOptions {
  /** Tasks at a time. */
  width: number;
  /** A task that runs for longer than `ms` goes on, but no longer counts: slow peers do not keep others waiting. */
  slow?: { ms: number; clock: Clock };
}

/** Makes a limit. A task whose signal is aborted while it waits is not run; it rejects with the reason. */
export function createLimit({ width, slow }: LimitOptions): Limit {
  let running = 0;
  const line = new Set<() => void>();

  function enter(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const admit = () => {
        running += 1;
        line.delete(admit);
        signal.removeEventListener('abort', turnAway);
        resolve();
      };
      const turnAway = () => {
        line.delete(admit);
        reject(signal.reason);
      };
      if (signal.aborted) return turnAway();
      if (running < width) return admit();
      line.add(admit);
      signal.addEventListener('abort', turnAway, { once: true });
    });
  }

  /** To be called when a task ends, and before that if it is slow; counts once. */
  function leaver(): () => void {
    let counts = true;
    return () => {
      if (!counts) return;
      counts = false;
      running -= 1;
      const [next] = line;
      next?.();
    };
  }

  return async (task, signal) => {
    await enter(signal);
    const leave = leaver();
    const cancel = slow?.clock.after(slow.ms, leave);
    try {
      return await task();
    } finally {
      cancel?.();
      leave();
    }
  };
}
