// How long a pull point lives, by the device's word, and its renewal (PROTOCOLS 3.3).
import { type Lease, leaseMs } from '../../protocol/pullpoint.ts';
import { formatDateTime, formatDuration } from '../../protocol/xs-time.ts';
import { type Clock, sleep } from '../../util/clock.ts';
import { type ErrorCode, fail, isBridgeError } from '../../util/errors.ts';

/** What is asked for, in ms: short, so that a pull point which nobody ends does not take the place of another for long. */
export const LIFETIME_MS = 60_000;
const SHORTEST_MS = 1_000;
const LONGEST_MS = 600_000;
/** Core: a pull point lives on while it is pulled, and for as long again as that pull could take. */
const PULL_MS = 20_000;
/** That the device does not renew, or not so. */
const REFUSALS = new Set<ErrorCode>(['REFUSED', 'UNSUPPORTED', 'FORBIDDEN']);

export interface PullLeaseOptions {
  clock: Clock;
  granted: Lease;
  /** Renews it until then: a duration, or a time by the device's clock. */
  renew(until: string): Promise<Lease>;
}

export interface PullLease {
  /** What the answer to a pull says of it. */
  heard(lease: Lease): void;
  /**
   * Renews it at half of its life until the signal is aborted (resolves). A device that refuses, by duration and by
   * time, is trusted to extend it at each pull, as its answers say; CLOSED where they do not.
   */
  keep(signal: AbortSignal): Promise<void>;
}

export function createPullLease({ clock, granted, renew }: PullLeaseOptions): PullLease {
  const now = clock.monotonic;
  const start = (granted.current ?? clock.now()) - now();
  let lifetime = lifetimeOf(granted);
  let end = now() + lifetime;

  /** False where the device does not renew. */
  async function renewed(): Promise<boolean> {
    for (const until of [formatDuration(LIFETIME_MS), formatDateTime(start + now() + LIFETIME_MS)]) {
      try {
        lifetime = lifetimeOf(await renew(until));
        end = now() + lifetime;
        return true;
      } catch (error) {
        if (!isBridgeError(error) || !REFUSALS.has(error.code)) throw error;
      }
    }
    return false;
  }

  async function outlive(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const left = end - now();
      if (left <= 0)
        throw fail('CLOSED', 'its subscription is over: neither a renewal nor a pull extends it');
      await sleep(clock, Math.min(left, LONGEST_MS), signal);
    }
  }

  return {
    heard(lease) {
      const ms = leaseMs(lease);
      if (ms !== undefined) end = Math.max(end, now() + ms + PULL_MS);
    },
    async keep(signal) {
      for (;;) {
        await sleep(clock, lifetime / 2, signal);
        if (signal.aborted) return;
        if (!(await renewed())) return outlive(signal);
      }
    },
  };
}

/** Where the device says nothing that makes sense, it is taken to have given what was asked for. */
function lifetimeOf(lease: Lease): number {
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, leaseMs(lease) ?? LIFETIME_MS));
}
