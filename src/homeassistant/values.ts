// How polled values look in Home Assistant: a table of names by API, and units.
import type { Json } from '../event.ts';
import type { Look, Platform } from './types.ts';

interface ValueClass extends Look {
  api: string;
  /** The value's name as the device writes it. */
  value: string;
}

/** What is no entity: names, and what the device says of itself elsewhere. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'people-counter name',
  'object-analytics scenario',
  'object-analytics type',
  'queue name',
  'io name',
  'io configurable',
  'system firmware',
]);

const DIAGNOSTIC_APIS: ReadonlySet<string> = new Set(['temperature', 'storage', 'system']);

/** Unsupported, error, absent (PROTOCOLS-2 of the health of disks). */
export const UNKNOWN_HEALTH: readonly number[] = [-1, -2, -3];

const VALUES: readonly ValueClass[] = [
  { api: 'people-counter', value: 'in', name: 'People in', icon: 'mdi:account-arrow-right' },
  { api: 'people-counter', value: 'out', name: 'People out', icon: 'mdi:account-arrow-left' },
  { api: 'people-counter', value: 'total_in', name: 'People in', icon: 'mdi:account-arrow-right' },
  { api: 'people-counter', value: 'total_out', name: 'People out', icon: 'mdi:account-arrow-left' },
  { api: 'people-counter', value: 'occupancy', name: 'Occupancy', icon: 'mdi:account-group' },
  { api: 'queue', value: 'people', name: 'Queue', icon: 'mdi:human-queue' },
  { api: 'io', value: 'state', name: 'Port', icon: 'mdi:electric-switch' },
  { api: 'io', value: 'active', name: 'Port', icon: 'mdi:electric-switch' },
  { api: 'io', value: 'level', name: 'Port level', enabled: false },
  { api: 'temperature', value: 'Status', name: 'Status' },
  { api: 'temperature', value: 'Celsius', name: 'Temperature' },
  { api: 'temperature', value: 'Fahrenheit', name: 'Temperature (Fahrenheit)', enabled: false },
  { api: 'temperature', value: 'Percentage', name: 'Power' },
  // Sizes fit kB and are not confirmed to be (PROTOCOLS 7.3).
  { api: 'storage', value: 'totalsize', name: 'Disk size', unit: 'kB', deviceClass: 'data_size' },
  { api: 'storage', value: 'freesize', name: 'Disk free', unit: 'kB', deviceClass: 'data_size' },
  { api: 'storage', value: 'wear', name: 'Disk wear', unit: '%', unknown: UNKNOWN_HEALTH },
  { api: 'storage', value: 'temperature', name: 'Disk temperature', unknown: UNKNOWN_HEALTH },
  { api: 'storage', value: 'overallhealth', name: 'Disk health', unknown: UNKNOWN_HEALTH },
  { api: 'storage', value: 'locked', name: 'Disk locked for changes', enabled: false },
  { api: 'storage', value: 'readonly', name: 'Disk read-only' },
  { api: 'storage', value: 'cleanuplevel', name: 'Disk cleanup level', enabled: false },
  { api: 'storage', value: 'cleanupmaxage', name: 'Disk cleanup age', enabled: false },
  { api: 'storage', value: 'encryptionenabled', name: 'Disk encryption' },
  { api: 'storage', value: 'diskencryptionenabled', name: 'Disk encryption' },
  { api: 'storage', value: 'diskencrypted', name: 'Disk encrypted' },
  { api: 'storage', value: 'full', name: 'Disk full', deviceClass: 'problem' },
  { api: 'storage', value: 'status', name: 'Disk status', icon: 'mdi:harddisk' },
  // That it counts seconds is not confirmed (PROTOCOLS 7.3).
  { api: 'temperature', value: 'TimeUntilStop', name: 'Time until stop', unit: 's', deviceClass: 'duration' },
  { api: 'system', value: 'needsetup', name: 'Needs set-up' },
  { api: 'system', value: 'previewmode', name: 'Preview mode', enabled: false },
  { api: 'system', value: 'uptime', name: 'Uptime', enabled: false },
  { api: 'system', value: 'systemready', name: 'Ready', deviceClass: 'running' },
  { api: 'system', value: 'clockSkew', name: 'Clock skew', enabled: false },
];

/** UCUM to Home Assistant's spelling, and the device class that takes that unit. */
const UNITS: Readonly<Record<string, Look>> = {
  K: { unit: 'K', deviceClass: 'temperature' },
  Cel: { unit: '°C', deviceClass: 'temperature' },
  '[degF]': { unit: '°F', deviceClass: 'temperature' },
  By: { unit: 'B', deviceClass: 'data_size' },
  '%': { unit: '%' },
  s: { unit: 's', deviceClass: 'duration' },
  ms: { unit: 'ms', deviceClass: 'duration' },
};

/** A value as it was read: its unit as UCUM writes it, and whether it counts up. */
export interface ReadValue {
  name: string;
  now: Json;
  unit: string | undefined;
  counts: boolean;
}

/** How a value looks; undefined where it is no entity: a text that the table does not name, or null. */
export function lookOfValue(api: string, value: ReadValue): (Look & { platform: Platform }) | undefined {
  const { name, now } = value;
  if (LEFT_OUT.has(`${api} ${name}`)) return undefined;
  const row = VALUES.find(known => known.api === api && known.value === name);
  const { api: _, value: __, ...known } = row ?? { api, value: name };
  const look = DIAGNOSTIC_APIS.has(api) ? { diagnostic: true, ...known } : known;
  if (typeof now === 'boolean') return { platform: 'binary_sensor', ...ofBoolean(look) };
  if (typeof now === 'number') return { platform: 'sensor', ...measured(value), ...ofNumber(look) };
  return row !== undefined && typeof now === 'string' ? { platform: 'sensor', ...ofText(look) } : undefined;
}

/** A class without a unit is one of binary sensors, one with a unit is of sensors, and so are numbers for not knowing. */
function ofBoolean({ deviceClass, unit, unknown: _, ...look }: Look): Look {
  return unit === undefined && deviceClass !== undefined ? { ...look, deviceClass } : look;
}

function ofNumber({ deviceClass, unit, ...look }: Look): Look {
  if (unit === undefined) return look;
  return deviceClass === undefined ? { ...look, unit } : { ...look, unit, deviceClass };
}

function ofText({ deviceClass: _, unit: __, unknown: ___, ...look }: Look): Look {
  return look;
}

function measured({ unit, counts }: ReadValue): Look {
  const stateClass = counts ? 'total_increasing' : 'measurement';
  return { stateClass, ...(unit !== undefined && Object.hasOwn(UNITS, unit) ? UNITS[unit] : {}) };
}
