// What it means that the connection of a pull ends without an answer: the device's way to say that nothing has come, or an
// answer that was lost on its way, with the events that the device has taken out of its queue for it (PROTOCOLS 3.5).

/** `closed` before its answer, `broken` within it. */
export type PullEnd = 'answered' | 'closed' | 'broken';

/** `usual` where all is well, as far as it is known. */
export type Verdict = 'usual' | 'in doubt' | 'lost';

export interface EndedPull {
  end: PullEnd;
  /** How long (ms) the device was asked to wait, and how long it took. */
  askedMs: number;
  tookMs: number;
  /** When it ended (ms, monotonic). */
  at: number;
}

/** Ends after the same time that it takes to believe in a rule: answers get lost in a row too. */
const ALIKE = 6;
/** Nobody waits so short (ms): that connection broke. */
const SHORTEST_MS = 500;
/** How soon (ms) before its time a device may end a pull. */
const EARLY_MS = 250;
/** How long (ms) a rule may take to show. */
const DOUBT_MS = 60_000;

/**
 * Learns how long a device lets an empty pull live. A connection that is closed without an answer is in doubt at first:
 * it was the device's way if others follow after the same time, and a loss if another time shows, or none.
 */
export class PullPatience {
  /** How long (ms) its empty pulls live. */
  #life: number | undefined;
  #doubt: { tookMs: number; since: number; ends: number } | undefined;

  /** What may be asked for (ms), so that it answers: less than it lets a pull live. */
  limit(askedMs: number): number {
    if (this.#life === undefined) return askedMs;
    return Math.min(askedMs, Math.max(1_000, Math.floor((this.#life * 0.8) / 1_000) * 1_000));
  }

  /** While it is, no answer proves that nothing was lost before it. */
  get inDoubt(): boolean {
    return this.#doubt !== undefined;
  }

  judge(pull: EndedPull): Verdict {
    const verdict = this.#verdict(pull);
    if (verdict === 'lost') this.#doubt = undefined;
    return verdict;
  }

  #verdict(pull: EndedPull): Verdict {
    if (pull.end === 'broken') return 'lost';
    if (pull.end === 'answered') return this.#isRefuted(pull) ? 'lost' : 'usual';
    if (this.#isUsual(pull)) return 'usual';
    const { tookMs, at } = pull;
    if (this.#doubt === undefined) {
      this.#doubt = { tookMs, since: at, ends: 1 };
      return tookMs < SHORTEST_MS ? 'lost' : 'in doubt';
    }
    if (!alike(tookMs, this.#doubt.tookMs)) return 'lost';
    this.#doubt.ends += 1;
    if (this.#doubt.ends === ALIKE) {
      this.#life = this.#doubt.tookMs;
      this.#doubt = undefined;
    }
    return 'usual';
  }

  /** A pull that lives longer shows that there is no such rule, and so does time. */
  #isRefuted({ tookMs, at }: EndedPull): boolean {
    const doubt = this.#doubt;
    if (doubt === undefined) return false;
    const outlived = tookMs > doubt.tookMs && !alike(tookMs, doubt.tookMs);
    return outlived || at - doubt.since > DOUBT_MS + ALIKE * doubt.tookMs;
  }

  #isUsual({ askedMs, tookMs }: EndedPull): boolean {
    if (tookMs < SHORTEST_MS) return false;
    return tookMs >= askedMs - EARLY_MS || (this.#life !== undefined && alike(tookMs, this.#life));
  }
}

function alike(one: number, other: number): boolean {
  return Math.abs(one - other) <= 250 + Math.max(one, other) / 10;
}
