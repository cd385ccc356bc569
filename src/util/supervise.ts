// The one retry loop: runs a thing again whenever it fails, and says what of that is news.
import { type Clock, sleep } from './clock.ts';
import { type BridgeError, ERRORS, fromSystem } from './errors.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
const LATE_MS = 300_000;
const ASKED_MAX_S = 3_600;
/** Being up for less does not end a streak: a peer that accepts and drops at once is not well. */
const STABLE_MS = 30_000;

/** When to try again: `soon` with a growing wait, `late` after five minutes, or after just that long. */
type Retry = 'soon' | 'late' | { waitMs: number };

export interface Down {
  /** Failures since it was last well, this one included. */
  attempt: number;
  /** How long the next try waits. */
  waitMs: number;
  /** Worth a log line: the first failure of a streak with this code. */
  news: boolean;
}

export interface Up {
  /** Failures of the streak, and ms since its first; 0 where there were none. */
  attempts: number;
  downMs: number;
  /** Worth a log line: the first recovery of a streak, or, after more failures, the one that lasts. */
  news: boolean;
}

export interface SuperviseOptions {
  /** Does the work until `signal` is aborted, and calls `up` once it works. Resolving ends the loop, throwing retries. */
  run(signal: AbortSignal, up: () => void): Promise<void>;
  signal: AbortSignal;
  clock: Clock;
  /** In [0, 1), for the jitter. */
  random?: () => number;
  /** When to try again after this error; by default as the table of errors says. */
  classify?(error: BridgeError): Retry;
  onDown?(error: BridgeError, down: Down): void;
  onUp?(up: Up): void;
}

/**
 * Runs until `run` resolves or `signal` is aborted; never rejects. Waits between tries grow from 1 s to 60 s with full
 * jitter and start anew after 30 s of being up. To restart with other settings, abort and supervise the new thing.
 */
export async function supervise(options: SuperviseOptions): Promise<void> {
  const { signal, clock } = options;
  const streak = createStreak(clock);
  while (!signal.aborted) {
    const error = await runOnce(options, streak);
    if (error === undefined || signal.aborted) return;
    const failure = streak.fail(error.code);
    const waitMs = waitAfter(error, failure.attempt, options);
    options.onDown?.(error, { ...failure, waitMs });
    await sleep(clock, waitMs, signal);
  }
}

async function runOnce(options: SuperviseOptions, streak: Streak): Promise<BridgeError | undefined> {
  const { clock, signal, onUp } = options;
  let cancel = () => {};
  let over = false;
  const up = () => {
    if (over) return;
    cancel();
    onUp?.(streak.recover());
    cancel = clock.after(STABLE_MS, () => {
      const unsaid = streak.end();
      if (unsaid !== undefined) onUp?.(unsaid);
    });
  };
  try {
    await options.run(signal, up);
    return undefined;
  } catch (error) {
    return fromSystem(error, 'unexpected');
  } finally {
    over = true;
    cancel();
  }
}

function waitAfter(error: BridgeError, attempt: number, options: SuperviseOptions): number {
  const { classify = ({ code }) => ERRORS[code].retry, random = Math.random } = options;
  const retry = classify(error);
  if (typeof retry === 'object') return retry.waitMs;
  const own = retry === 'late' ? LATE_MS : random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  // A peer may ask for more patience than ours, within reason, not for less.
  return Math.max(own, Math.min(error.retryAfter ?? 0, ASKED_MAX_S) * 1000);
}

export interface Streak {
  fail(code: string): { attempt: number; news: boolean };
  recover(): Up;
  /** It has been up for long enough; returns the recovery that is still to be told. */
  end(): Up | undefined;
}

/** The failures since it was last well, so that each is told once however often it repeats. */
export function createStreak(clock: Clock): Streak {
  const told = new Set<string>();
  let attempts = 0;
  let since = 0;
  let recoveries = 0;
  let recovered: Up = { attempts: 0, downMs: 0, news: false };
  return {
    fail(code) {
      if (attempts === 0) since = clock.now();
      attempts += 1;
      const news = !told.has(code);
      told.add(code);
      return { attempt: attempts, news };
    },
    recover() {
      const downMs = attempts === 0 ? 0 : clock.now() - since;
      if (attempts > 0) recoveries += 1;
      const news = recoveries === 1;
      // It was said to be well, so its next failure is news again, once.
      if (news) told.clear();
      recovered = { attempts, downMs, news };
      return recovered;
    },
    end() {
      const unsaid = recoveries > 1 ? { ...recovered, news: true } : undefined;
      told.clear();
      attempts = 0;
      recoveries = 0;
      return unsaid;
    },
  };
}
