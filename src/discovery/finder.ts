// Where devices are whose serial numbers are known: one search of the network for all who look at the time.
import { type Clock, sleep } from '../util/clock.ts';
import { aborted, endWith } from '../util/ending.ts';
import { type DiscoverOptions, discover } from './discover.ts';
import type { FoundDevice } from './merge.ts';

/** Gives the address at which the device of that serial number answers; undefined where none does, or at the signal. */
export type Find = (serial: string, signal: AbortSignal) => Promise<string | undefined>;

export interface FinderOptions extends Pick<DiscoverOptions, 'interfaces' | 'mdns' | 'wsDiscovery'> {
  clock: Clock;
  /** Ends the search that is under way. */
  signal: AbortSignal;
  /** What could not be done, for people. */
  trouble(text: string): void;
}

/** How long (ms) devices may take to answer, and how long the network is left alone then: many may be lost at a time. */
const ANSWER_MS = 3_000;
const PAUSE_MS = 5_000;

export function createFinder(options: FinderOptions): Find {
  const { clock } = options;
  let found: readonly FoundDevice[] = [];
  let endedAt = Number.NEGATIVE_INFINITY;
  let search: Promise<void> | undefined;

  const pauseLeft = () => endedAt + PAUSE_MS - clock.monotonic();
  const addressOf = (serial: string) => found.find(device => device.serial === serial)?.addresses[0];
  const run = async () => {
    found = await discover({ ...options, ms: ANSWER_MS, addresses: [] });
    endedAt = clock.monotonic();
    search = undefined;
  };

  return async (serial, signal) => {
    const known = pauseLeft() > 0 ? addressOf(serial) : undefined;
    if (known !== undefined) return known;
    if (search === undefined) await sleep(clock, Math.max(0, pauseLeft()), signal);
    if (signal.aborted) return undefined;
    search ??= run();
    const { signal: over, end, unlink } = endWith(signal);
    await Promise.race([search, aborted(over)]);
    end();
    unlink();
    return addressOf(serial);
  };
}
