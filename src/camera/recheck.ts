// Asks a device that is heard once more what it is: what it refused, or its clock, may be well by now, or no longer.
import { type Clock, sleep } from '../util/clock.ts';

/** How soon (ms) a device is asked that lacks something, twice as late each time, and how late at most. */
const SOON_MS = 60_000;
const LATE_MS = 1_800_000;

export interface RecheckOptions {
  /** Whether nothing is missing. */
  isWhole(): boolean;
  /** Asks, and tells who has to know; rejects at the signal alone. */
  ask(): Promise<unknown>;
  clock: Clock;
  signal: AbortSignal;
}

/** Asks again and again until `signal` is aborted. */
export async function recheck({ isWhole, ask, clock, signal }: RecheckOptions): Promise<void> {
  for (let soon = SOON_MS; !signal.aborted; ) {
    const whole = isWhole();
    // A fleet that was started at once is not asked at once.
    await sleep(clock, whole ? LATE_MS * (1 - Math.random() / 2) : soon, signal);
    soon = whole ? SOON_MS : Math.min(soon * 2, LATE_MS);
    if (!signal.aborted) await ask().catch(() => undefined);
  }
}
