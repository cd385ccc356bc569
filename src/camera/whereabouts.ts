// Where a camera is whose address the configuration does not name: found by its serial number, and anew when it does not
// answer there any more, as when it was given another address (DHCP).
import type { Clock } from '../util/clock.ts';
import { type ErrorCode, fail } from '../util/errors.ts';
import type { Log } from '../util/log.ts';
import type { Note, Notes } from './outlet.ts';

export interface Whereabouts {
  /** Where it is, as far as that is known. */
  readonly host: string;
  /** When that was found (ms since the epoch); undefined where only an earlier run found it. */
  readonly foundAt: number | undefined;
  /** Looks for it, unless it is to be tried first where it was. Gives whether it is elsewhere now; NO_DEVICE where nowhere. */
  locate(signal: AbortSignal): Promise<boolean>;
  /** It does not answer there, or another does. */
  lost(code: ErrorCode): void;
  heard(): void;
}

export interface WhereaboutsOptions {
  /** The camera's ID. */
  device: string;
  serial: string;
  notes: Notes;
  remember(notes: readonly Note[]): void;
  /** Gives the address at which the device of that serial number answers, undefined where none does. */
  find(serial: string, signal: AbortSignal): Promise<string | undefined>;
  clock: Clock;
  log: Log;
}

/** What `host` is in the configuration. */
export const AUTO = 'auto';
/** It is looked for after it did not answer so often; a device that restarts is mostly where it was. */
const FAILURES_MAX = 2;

/** The key of the note of a device's last address. */
export function addressKey(device: string): string {
  return `address/${device}`;
}

export function createWhereabouts(options: WhereaboutsOptions): Whereabouts {
  const { device, serial, notes, remember, find, clock, log } = options;
  const key = addressKey(device);
  let host = notes.note(key);
  let foundAt: number | undefined;
  let failures = 0;

  const take = (found: string): boolean => {
    const isElsewhere = found !== host;
    if (isElsewhere)
      log.info({ camera: device, serial, address: found, before: host }, 'found in the network');
    if (isElsewhere) remember([{ key, value: found }]);
    if (isElsewhere || foundAt === undefined) foundAt = clock.now();
    host = found;
    return isElsewhere;
  };

  return {
    get host() {
      return host ?? AUTO;
    },
    get foundAt() {
      return foundAt;
    },
    async locate(signal) {
      if (host !== undefined && failures < FAILURES_MAX) return false;
      failures = 0;
      const found = await find(serial, signal);
      signal.throwIfAborted();
      if (found !== undefined) return take(found);
      // Perhaps it only does not answer to multicast just now.
      if (host !== undefined) return false;
      throw fail('NO_DEVICE', `${serial}: by mDNS and WS-Discovery`);
    },
    lost(code) {
      failures += code === 'WRONG_DEVICE' ? FAILURES_MAX : 1;
    },
    heard() {
      failures = 0;
    },
  };
}
