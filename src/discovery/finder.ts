// Where devices are whose serial numbers are known: one search of the network for all who look at the time.
import type { Clock } from '../util/clock.ts';
import { aborted, endWith } from '../util/ending.ts';
import { type DiscoverOptions, discover } from './discover.ts';

/** Gives the address at which the device of that serial number answers; undefined where none does, or at the signal. */
export type Find = (serial: string, signal: AbortSignal) => Promise<string | undefined>;

export interface FinderOptions extends Pick<DiscoverOptions, 'interfaces' | 'mdns' | 'wsDiscovery'> {
  clock: Clock;
  /** What could not be done, for people. */
  trouble(text: string): void;
}

/** How long (ms) devices may take to answer. */
const ANSWER_MS = 3_000;

export function createFinder(options: FinderOptions): Find {
  let search: ReturnType<typeof discover> | undefined;
  const { signal: never } = new AbortController();
  const look = () => {
    search ??= discover({ ...options, ms: ANSWER_MS, addresses: [], signal: never }).finally(() => {
      search = undefined;
    });
    return search;
  };
  return async (serial, signal) => {
    const { signal: over, end, unlink } = endWith(signal);
    const devices = await Promise.race([look(), aborted(over)]);
    end();
    unlink();
    return devices?.find(device => device.serial === serial)?.addresses[0];
  };
}
