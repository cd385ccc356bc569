// The device itself: which start it is on, since when, its firmware, and how far its clock is off.
import type { Reading, Values } from '../event.ts';
import { fetchDeviceInfo } from './device-info.ts';
import { decodeJson, requestJson } from './json.ts';
import { isLacking, type Poll } from './poll.ts';
import { readingOf, type Types, typed, unitsOf } from './readings.ts';
import { clockSkew } from './time.ts';

const API = 'system';
const READY_PATH = '/axis-cgi/systemready.cgi';
const READY = { path: READY_PATH, method: 'systemready', apiVersion: '1.1', params: { timeout: 5 } };

const TYPES: Types = new Map([
  ['systemready', 'boolean'],
  ['needsetup', 'boolean'],
  ['uptime', 'number'],
  ['previewmode', 'number'],
]);
const UNITS = new Map([
  ['uptime', 's'],
  ['clockSkew', 'ms'],
]);

export const pollSystem: Poll = async (client, { signal, clock }) => {
  const { firmware } = await fetchDeviceInfo(client, { signal });
  try {
    const { text, headers } = await requestJson(client, { ...READY, signal });
    const clockSkewMs = clockSkew(headers['date'], clock.now());
    return [systemReading({ ready: text, firmware, clockSkewMs })];
  } catch (error) {
    // Old devices do not tell.
    if (isLacking(error)) return [systemReading({ firmware })];
    throw error;
  }
};

interface System {
  /** The answer of systemready.cgi. */
  ready?: string;
  firmware: string;
  /** Device minus bridge. */
  clockSkewMs?: number | undefined;
}

/** All that is known of it, as one reading. */
export function systemReading({ ready, firmware, clockSkewMs }: System): Reading {
  const values: Values = {
    ...(ready === undefined ? {} : typed(Object.entries(decodeJson(ready, READY_PATH)), TYPES)),
    firmware,
    ...(clockSkewMs === undefined ? {} : { clockSkew: clockSkewMs }),
  };
  return readingOf(API, values, { units: unitsOf(values, UNITS) });
}
