// Time as a value that a test can replace: now, timers, and a sleep that an AbortSignal ends.

export interface Clock {
  /** Milliseconds since the epoch; a correction of the system's clock moves it, in either direction. */
  now(): number;
  /**
   * Milliseconds since some moment before the process began, as a rule the start of the machine: it goes on over a restart
   * of the process. No correction moves it. For lengths of time and ages.
   */
  monotonic(): number;
  /** Calls back once after `ms`; returns the cancel. */
  after(ms: number, callback: () => void): () => void;
}

/** Node takes a longer timer (ms), of 25 days, for one of 1 ms. */
const LONGEST = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
  after(ms, callback) {
    let timer: NodeJS.Timeout | undefined;
    const wait = (left: number) => {
      timer = left > LONGEST ? setTimeout(wait, LONGEST, left - LONGEST) : setTimeout(callback, left);
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or at once when `signal` is aborted; never rejects, leaves no timer or listener. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => {
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done);
  });
}
