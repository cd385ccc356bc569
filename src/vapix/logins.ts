// How the logins of one account went, over all that log in to a device with it: so that none of them gets it locked.
import type { Clock } from '../util/clock.ts';
import { type BridgeError, fail } from '../util/errors.ts';
import { loginWait } from '../util/supervise.ts';

export interface Logins {
  /** Throws AUTH where no login may be sent for `path` yet, with the seconds that are left where that goes for all paths. */
  admit(path: string, who: string): void;
  /** The device took the login for that path. */
  accepted(path: string): void;
  /** A login was refused, perhaps since its nonce was stale. */
  refused(): void;
  /** It was refused for good: the path rests, or all of them; gives the error to throw. */
  rest(path: string, message: string): BridgeError;
  /** Whether logins were refused since the last that was accepted. */
  readonly inDoubt: boolean;
}

export interface LoginsOptions {
  clock: Clock;
  /** Whether the account was accepted before, with the same password. Default false. */
  wasAccepted?: boolean;
}

/** Devices count refused logins and lock accounts (PROTOCOLS 11): at most so many in the time (ms). */
const REFUSALS_MAX = 3;
const WINDOW_MS = 300_000;
/** How long (ms) a path that refuses a login which others take is not asked again. */
const PATH_MS = 60_000;
/** A timer may be early by a little (ms). */
const EARLY_MS = 50;
/** Paths remembered; a device has fewer. */
const PATHS_MAX = 100;

/** An account that was never accepted is tried once in five minutes, one that was three times. */
export function createLogins({ clock, wasAccepted = false }: LoginsOptions): Logins {
  const taken = new Set<string>();
  const resting = new Map<string, number>();
  /** Since the last that was accepted: when logins were refused (ms, monotonic), and how often all paths rested. */
  let refusals: number[] = [];
  let rests = 0;
  let notBefore = 0;

  const errorUntil = (until: number, message: string): BridgeError => {
    const retryAfter = Math.max(0, Math.ceil((until - clock.monotonic()) / 1000));
    return fail('AUTH', message, { retryAfter });
  };

  return {
    admit(path, who) {
      const message = `${who}: the login was refused a moment ago and is not tried again yet`;
      const now = clock.monotonic() + EARLY_MS;
      if (now < notBefore) throw errorUntil(notBefore, message);
      if (now < (resting.get(path) ?? 0)) throw fail('AUTH', message);
    },
    accepted(path) {
      if (taken.size < PATHS_MAX) taken.add(path);
      refusals = [];
      rests = 0;
      notBefore = 0;
    },
    refused() {
      refusals = [...refusals, clock.monotonic()].slice(-REFUSALS_MAX);
    },
    rest(path, message) {
      const now = clock.monotonic();
      // A path that took the login and refuses it now says that of the account; one that never did may want a right.
      if (taken.size > 0 && !taken.has(path)) {
        if (resting.size >= PATHS_MAX) resting.clear();
        resting.set(path, now + PATH_MS);
        return fail('AUTH', message);
      }
      rests += 1;
      const full = refusals.length === REFUSALS_MAX ? (refusals[0] ?? now) + WINDOW_MS : 0;
      const known = wasAccepted || taken.size > 0;
      notBefore = known ? Math.max(now + loginWait(rests), full) : now + WINDOW_MS;
      return errorUntil(notBefore, message);
    },
    get inDoubt() {
      return refusals.length > 0;
    },
  };
}
