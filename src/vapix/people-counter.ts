// The people counters: AXIS People Counter, an application, and the P8815-2 3D, a device (PROTOCOLS 7.4).
import type { Reading } from '../event.ts';
import { fail } from '../util/errors.ts';
import { parseObject } from './json.ts';
import { fetchUtc } from './local-time.ts';
import { eitherOf, type Poll } from './poll.ts';
import { readingOf, type Types, typed, utcOf } from './readings.ts';

const API = 'people-counter';
const APPLICATION_PATH = '/local/tvpc/.api?live-sum.json';
const DEVICE_PATH = '/a3dpc/api/occupancy';
/** Taken out of the values: the payload has both already. */
const ELSEWHERE = ['serial', 'timestamp'];

const TYPES: Types = new Map([
  ['in', 'number'],
  ['out', 'number'],
  ['occupancy', 'number'],
  ['total_in', 'number'],
  ['total_out', 'number'],
]);
const COUNTERS = ['in', 'out', 'total_in', 'total_out'];

/** Makes the poll: finds out which of the two the device has, and keeps to it. */
export function createPeopleCounterPoll(): Poll {
  return eitherOf(pollApplication, pollDevice);
}

/**
 * Reads an answer of either; `timestamp` is what it says of its time, local without a zone from the application. Throws
 * REFUSED, PROTOCOL or TOO_LARGE where it is no reading.
 */
export function decodePeopleCounter(text: string): { reading: Reading; timestamp: unknown } {
  const fields = parseObject(text, API);
  const values = typed(
    Object.entries(fields).filter(([name]) => !ELSEWHERE.includes(name)),
    TYPES,
  );
  const isCount = (name: string) => typeof values[name] === 'number';
  if (![...TYPES.keys()].some(isCount)) throw fail('PROTOCOL', `${API}: the answer has no count`);
  const counters = COUNTERS.filter(isCount);
  const timestamp = fields['timestamp'];
  return { reading: readingOf(API, values, { counters, time: utcOf(timestamp) }), timestamp };
}

const pollApplication: Poll = async (client, { signal }) => {
  const { text, headers } = await client.request({ method: 'GET', path: APPLICATION_PATH, signal });
  const { reading, timestamp } = decodePeopleCounter(text);
  const time = await fetchUtc(client, { text: timestamp, date: headers['date'] }, { signal });
  return [{ ...reading, time: time ?? reading.time }];
};

const pollDevice: Poll = async (client, { signal }) => {
  const { text } = await client.request({ method: 'GET', path: DEVICE_PATH, signal });
  return [decodePeopleCounter(text).reading];
};
