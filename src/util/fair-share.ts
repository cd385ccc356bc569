// Shares the event loop: what one peer sends gets so much work at a time, and rests in between.
import { type Clock, sleep } from './clock.ts';
import { STEP_SIZE, type Steps } from './steps.ts';

/** Work (ms) in one turn of the event loop, and how much longer than that it then rests, at most `LONGEST_MS`. */
const WORK_MS = 2;
const REST = 2;
const LONGEST_MS = 10_000;
/** Nothing that is read costs more (ms) a byte: the rest of a turn was not its own, on a machine that is busy. */
const BYTE_MS = 0.005;
/** Turns that are too long are forgiven up to so much in all (ms), which comes back at this share of the time. */
const FORGIVEN_MS = 100;
const FORGIVEN_SHARE = 0.005;
/** A flood: it has rested for more than a third of such a time (ms); after so many in a row it is too much. */
const WINDOW_MS = 10_000;
const MOST_WINDOWS = 12;

export interface FairShareOptions {
  clock: Clock;
  /** It had to rest for a third of 10 s: once a flood. */
  onFlood(): void;
  /** It goes on like that for two minutes. */
  onTooMuch(): void;
}

/**
 * Of one peer. Work in small pieces gets a third of the time. A piece that can only be done at once, such as a document,
 * holds up all others while it lasts: the rest after it grows with the square of its time, so that few of them meet one.
 */
export class FairShare {
  readonly #options: FairShareOptions;
  /** When this turn's work began. */
  #began: number | undefined;
  #forgiven = { ms: FORGIVEN_MS, at: 0 };
  #window = { since: Number.NEGATIVE_INFINITY, restedMs: 0 };
  /** Windows of this flood. */
  #flooded = 0;

  constructor(options: FairShareOptions) {
    this.#options = options;
  }

  /** To be called before each piece of work. */
  begin(): void {
    if (this.#began !== undefined) return;
    this.#began = this.#options.clock.monotonic();
    setImmediate(this.#endTurn);
  }

  /** To be called after it, with its size: how long (ms) the peer has to rest before the next one, mostly 0. */
  rest(bytes: number): number {
    const now = this.#options.clock.monotonic();
    const worked = Math.min(now - (this.#began ?? now), WORK_MS + bytes * BYTE_MS);
    if (worked < WORK_MS) return 0;
    this.#began = undefined;
    const rest = REST * worked * (this.#isForgiven(now, worked) ? 1 : worked);
    const bounded = Math.min(rest, LONGEST_MS);
    this.#watch(now, bounded);
    return bounded;
  }

  /** Does that work, and rests where it has to after a step; once `signal` is aborted it rests no more. */
  async run<T>(steps: Steps<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      this.begin();
      const { done, value } = steps.next();
      const ms = this.rest(STEP_SIZE);
      if (ms > 0) await sleep(this.#options.clock, ms, signal);
      if (done === true) return value;
    }
  }

  readonly #endTurn = (): void => {
    this.#began = undefined;
  };

  #isForgiven(now: number, worked: number): boolean {
    const { ms, at } = this.#forgiven;
    const left = Math.min(FORGIVEN_MS, ms + (now - at) * FORGIVEN_SHARE);
    const isForgiven = left >= worked;
    this.#forgiven = { ms: isForgiven ? left - worked : left, at: now };
    return isForgiven;
  }

  #watch(now: number, rest: number): void {
    const window = this.#window;
    const lasted = now - window.since;
    if (lasted < WINDOW_MS) {
      window.restedMs += rest;
      return;
    }
    this.#window = { since: now, restedMs: rest };
    this.#judge(window.restedMs > lasted / 3);
  }

  #judge(isFlood: boolean): void {
    this.#flooded = isFlood ? this.#flooded + 1 : 0;
    if (this.#flooded === 1) this.#options.onFlood();
    if (this.#flooded === MOST_WINDOWS) this.#options.onTooMuch();
  }
}
