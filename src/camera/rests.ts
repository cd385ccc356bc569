// Ways to hear a device that are left alone for a while: why, and for how long, each time for longer.
import type { SourceName } from '../sources/source.ts';
import type { Clock } from '../util/clock.ts';
import type { ErrorCode } from '../util/errors.ts';

/** How long (ms) at first, and at most. */
interface Patience {
  first: number;
  longest: number;
}

/** It did not open, on a device that may just have started. */
export const ABSENT: Patience = { first: 60_000, longest: 1_800_000 };
/** It opened and ended so often in a row, each time within `LASTING_MS`: that it opens says nothing any more. */
const ENDS_MAX = 3;
const LASTING_MS = 120_000;
const UNSTEADY: Patience = { first: 1_800_000, longest: 28_800_000 };

export interface Rests {
  /** Leaves it alone, twice as long as the last time; gives for how long (ms). */
  rest(name: SourceName, code: ErrorCode, patience: Patience): number;
  /** Why it is left alone just now; undefined where it is not. */
  why(name: SourceName): ErrorCode | undefined;
  /** For how long (ms) it still is; undefined where it is not. */
  left(name: SourceName): number | undefined;
  /** It was open for so long (ms) and has ended: gives for how long it is left alone, where that was once too often. */
  ended(name: SourceName, code: ErrorCode, lastedMs: number): number | undefined;
  /** It was tried again and did not open: it is left alone for longer. */
  extend(name: SourceName): void;
  /** It works. */
  forget(name: SourceName): void;
}

export function createRests(clock: Clock): Rests {
  const resting = new Map<SourceName, { code: ErrorCode; until: number; ms: number; longest: number }>();

  const ends = new Map<SourceName, number>();

  const rest: Rests['rest'] = (name, code, { first, longest }) => {
    const last = resting.get(name)?.ms ?? 0;
    const ms = Math.max(first, Math.min(2 * last, longest));
    resting.set(name, { code, ms, longest, until: clock.monotonic() + ms });
    return ms;
  };
  const leftOf = (name: SourceName): number | undefined => {
    const left = (resting.get(name)?.until ?? 0) - clock.monotonic();
    return left > 0 ? left : undefined;
  };

  return {
    rest,
    why: name => (leftOf(name) === undefined ? undefined : resting.get(name)?.code),
    left: leftOf,
    ended(name, code, lastedMs) {
      const times = lastedMs < LASTING_MS ? (ends.get(name) ?? 0) + 1 : 0;
      // Once it was left alone, once more is enough.
      ends.set(name, Math.min(times, ENDS_MAX - 1));
      if (times === 0) resting.delete(name);
      return times < ENDS_MAX ? undefined : rest(name, code, UNSTEADY);
    },
    extend(name) {
      const last = resting.get(name);
      if (last !== undefined) rest(name, last.code, { first: last.ms, longest: last.longest });
    },
    forget: name => void resting.delete(name),
  };
}
