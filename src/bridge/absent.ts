// Devices that an earlier run or configuration had.
import { STARTING } from '../camera/availability.ts';
import type { Availability } from '../camera/outlet.ts';
import type { Config } from '../config/types.ts';
import type { Foundation } from './foundation.ts';
import { forgetDevice, shownDevices } from './outlet.ts';

/**
 * Devices that were of this bridge and are no more take their retained messages with them (DESIGN 3.1). `heard`: those
 * that are known just now.
 */
export function forgetAbsent({ cameras }: Config, house: Foundation, heard: ReadonlySet<string>): void {
  const ids = new Set(cameras.map(({ id }) => id));
  const absent = shownDevices(house.outbox, { gone: true }).filter(
    device => !ids.has(device) && !heard.has(device),
  );
  // A camera without an id is one of the serial numbers, nobody knows yet which.
  const unnamed = ids.has(undefined);
  for (const device of absent) {
    if (unnamed && isSerial(device)) showStarting(device, house);
    else void forgetDevice(device, house);
  }
}

/** What was retained of it by an earlier run may not stand as if it were heard. */
function showStarting(device: string, { base, board, clock }: Foundation): void {
  const since = new Date(clock.now()).toISOString();
  const availability: Availability = { state: 'offline', since, source: 'auto', ...STARTING };
  board.set(`${base}/${device}/availability`, JSON.stringify(availability));
}

function isSerial(device: string): boolean {
  return /^[0-9A-F]{12}$/.test(device);
}
