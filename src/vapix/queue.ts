// AXIS Queue Monitor: how many people stand in each region just now (PROTOCOLS 7.4).
import type { Reading } from '../event.ts';
import { fail } from '../util/errors.ts';
import { parseObject } from './json.ts';
import { fetchUtc } from './local-time.ts';
import type { Poll } from './poll.ts';
import { bounded, readingOf, type Types, typed } from './readings.ts';

const API = 'queue';
const PATH = '/local/queue/.api?live-sum-people.json';
const TYPES: Types = new Map([['people', 'number']]);
/** Taken out of the values: the payload has both already. */
const ELSEWHERE = ['serial', 'timestamp'];

export const pollQueue: Poll = async (client, { signal }) => {
  const { text, headers } = await client.request({ method: 'GET', path: PATH, signal });
  const { readings, timestamp } = decodeQueue(text);
  const time = await fetchUtc(client, { text: timestamp, date: headers['date'] }, { signal });
  return readings.map(reading => ({ ...reading, time }));
};

/**
 * Reads an answer: `region1people` becomes `people` of the item `region1`; what is said of no region has no item.
 * `timestamp` is what it says of its time: local, without a zone. Throws REFUSED, PROTOCOL or TOO_LARGE.
 */
export function decodeQueue(text: string): { readings: Reading[]; timestamp: unknown } {
  const fields = parseObject(text, API);
  const groups = new Map<string | undefined, [string, unknown][]>();
  for (const [key, value] of Object.entries(fields)) {
    if (ELSEWHERE.includes(key)) continue;
    const [, region, name = key] = /^(region\d{1,4})(.+)$/.exec(key) ?? [];
    const group = groups.get(region) ?? [];
    groups.set(region, group);
    group.push([name, value]);
  }
  const hasRegion = [...groups.keys()].some(region => region !== undefined);
  // A monitor without regions still says who it is, and when.
  if (!hasRegion && !ELSEWHERE.some(name => Object.hasOwn(fields, name)))
    throw fail('PROTOCOL', `${API}: the answer names no region`);
  const readings = [...groups].map(([item, entries]) => readingOf(API, typed(entries, TYPES), { item }));
  return { readings: bounded(readings), timestamp: fields['timestamp'] };
}
