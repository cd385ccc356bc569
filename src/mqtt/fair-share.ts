// Shares the event loop: the messages of one connection get so much work at a time, and rest in between.
import type { Clock } from '../util/clock.ts';

/** Work (ms) in one turn of the event loop, and how much longer than that it then rests. */
const WORK_MS = 1;
const REST = 2;
/** Without a longer break than this (ms), one rest is part of the same flood as the one before. */
const BREAK_MS = 500;
/** How long (ms) a flood lasts before it is worth a word, and before it ends the connection. */
const TELL_MS = 10_000;
const LEAVE_MS = 120_000;

export interface FairShareOptions {
  clock: Clock;
  /** It has been held up for so long (ms) without a break: once a flood. */
  onFlood(): void;
  /** It goes on, far too long. */
  onTooMuch(): void;
}

/** Of one connection. */
export class FairShare {
  readonly #options: FairShareOptions;
  /** When this turn's work began. */
  #began: number | undefined;
  #flood = { since: 0, until: Number.NEGATIVE_INFINITY, isTold: false };

  constructor(options: FairShareOptions) {
    this.#options = options;
  }

  /** To be asked before each message: how long (ms) it has to wait, mostly 0. */
  wait(): number {
    const now = this.#options.clock.monotonic();
    if (this.#began === undefined) {
      this.#began = now;
      setImmediate(this.#endTurn);
      return 0;
    }
    const worked = now - this.#began;
    if (worked < WORK_MS) return 0;
    this.#began = undefined;
    this.#watch(now, worked * REST);
    return worked * REST;
  }

  readonly #endTurn = (): void => {
    this.#began = undefined;
  };

  #watch(now: number, rest: number): void {
    if (now - this.#flood.until > BREAK_MS) this.#flood = { since: now, until: now, isTold: false };
    this.#flood.until = now + rest;
    const lasted = now - this.#flood.since;
    if (lasted > LEAVE_MS) this.#options.onTooMuch();
    else if (lasted > TELL_MS && !this.#flood.isTold) {
      this.#flood.isTold = true;
      this.#options.onFlood();
    }
  }
}
