// The one retry loop: runs a thing again whenever it fails, and says what of that is news.
import { type Clock, sleep } from './clock.ts';
import { endWith } from './ending.ts';
import { type BridgeError, ERRORS, fromSystem } from './errors.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** The same for a peer that was well before: it is back soon after it has started. */
const LONGEST_KNOWN_MS = 30_000;
const LATE_MS = 300_000;
/** After each refusal of a login that was right before: three in five minutes lock no account, spread over a start. */
const LOGIN_WAITS_MS = [25_000, 28_000];
const ASKED_MAX_S = 3_600;
/** Being up for less does not end a streak: a peer that accepts and drops at once is not well. */
const STABLE_MS = 30_000;

/** When to try again: `soon` with a growing wait, `late` after five minutes, as the table says, or after just that long. */
export type Retry = 'soon' | 'late' | 'refusal' | 'login' | { waitMs: number };

/** How long (ms) a login rests that was right before and was refused so often since. */
export function loginWait(refusals: number): number {
  return LOGIN_WAITS_MS[refusals - 1] ?? LATE_MS;
}

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
  /** Whether it was up before, with the same settings: a refusal may then be a peer that starts. Default false. */
  wasUp?: boolean;
  /** Calls `again` once it is worth to try at once, after this error; returns the end of that. */
  onBack?(error: BridgeError, again: () => void): () => void;
  onDown?(error: BridgeError, down: Down): void;
  onUp?(up: Up): void;
}

/**
 * Runs until `run` resolves or `signal` is aborted; never rejects. Waits between tries grow from 1 s to 60 s, or 30 s
 * once it was up, with full jitter, and start anew after 30 s of being up. What it was never up with waits five minutes
 * after a refusal. To restart with other settings, abort and supervise the new thing.
 */
export async function supervise(options: SuperviseOptions): Promise<void> {
  const { signal, clock } = options;
  const streak = createStreak(clock);
  const waits = createWaits(options);
  while (!signal.aborted) {
    const error = await runOnce(options, streak, waits.up);
    if (error === undefined || signal.aborted) return;
    const failure = streak.fail(error.code);
    const waitMs = waits.after(error, failure.attempt);
    options.onDown?.(error, { ...failure, waitMs });
    await pause(error, waitMs, options);
  }
}

async function pause(error: BridgeError, ms: number, options: SuperviseOptions): Promise<void> {
  const ending = endWith(options.signal);
  const cancel = options.onBack?.(error, ending.end);
  await sleep(options.clock, ms, ending.signal);
  cancel?.();
  ending.unlink();
}

async function runOnce(
  options: SuperviseOptions,
  streak: Streak,
  isUp: () => void,
): Promise<BridgeError | undefined> {
  const { clock, signal, onUp } = options;
  let cancel = () => {};
  let over = false;
  const up = () => {
    if (over) return;
    cancel();
    isUp();
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

/** How long to wait, by what the peer said and whether it was up before. */
function createWaits({ classify, random = Math.random, wasUp = false }: SuperviseOptions) {
  let known = wasUp;
  let refusedLogins = 0;

  const soon = (attempt: number) =>
    random() * Math.min(known ? LONGEST_KNOWN_MS : LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));

  const ownWait = (retry: Exclude<Retry, object>, attempt: number): number => {
    if (retry === 'login' && known) return loginWait(++refusedLogins);
    return retry === 'soon' || (retry === 'refusal' && known) ? soon(attempt) : LATE_MS;
  };

  return {
    up() {
      known = true;
      refusedLogins = 0;
    },
    after(error: BridgeError, attempt: number): number {
      const retry = classify?.(error) ?? ERRORS[error.code].retry;
      if (typeof retry === 'object') return retry.waitMs;
      const askedMs = Math.min(error.retryAfter ?? 0, ASKED_MAX_S) * 1000;
      // A peer may ask for more patience than ours, within reason, not for less.
      return Math.max(ownWait(retry, attempt), askedMs);
    },
  };
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
      if (attempts === 0) since = clock.monotonic();
      attempts += 1;
      const news = !told.has(code);
      told.add(code);
      return { attempt: attempts, news };
    },
    recover() {
      const downMs = attempts === 0 ? 0 : clock.monotonic() - since;
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
