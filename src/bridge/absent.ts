// Devices that an earlier run or configuration had.
import type { Config } from '../config/types.ts';
import type { Foundation } from './foundation.ts';
import { forgetDevice, shownDevices } from './outlet.ts';

/** Devices that were of this bridge and are no more take their retained messages with them (DESIGN 3.1). */
export async function forgetAbsent({ cameras }: Config, house: Foundation): Promise<void> {
  const ids = new Set(cameras.map(({ id }) => id));
  const absent = shownDevices(house.outbox).filter(device => !ids.has(device));
  // A camera without an id is one of the serial numbers, nobody knows yet which.
  const unnamed = ids.has(undefined);
  for (const device of absent) if (!unnamed || !isSerial(device)) await forgetDevice(device, house);
}

function isSerial(device: string): boolean {
  return /^[0-9A-F]{12}$/.test(device);
}
