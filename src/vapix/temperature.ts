// temperaturecontrol.cgi: sensors, heaters and fans (PROTOCOLS 7.3).
import type { Reading } from '../event.ts';
import { fail } from '../util/errors.ts';
import { refuseErrorText } from './outcome.ts';
import type { Poll } from './poll.ts';
import { bounded, readingOf, type Types, typed, unitsOf } from './readings.ts';

const API = 'temperature';
const PATH = '/axis-cgi/temperaturecontrol.cgi?action=statusall';

const TYPES: Types = new Map([
  ['Celsius', 'number'],
  ['Fahrenheit', 'number'],
  ['Percentage', 'number'],
  ['TimeUntilStop', 'number'],
]);
const UNITS = new Map([
  ['Celsius', 'Cel'],
  ['Fahrenheit', '[degF]'],
  ['Percentage', '%'],
]);

export const pollTemperature: Poll = async (client, { signal }) =>
  decodeTemperature((await client.request({ method: 'GET', path: PATH, signal })).text);

/**
 * Reads `Sensor.S0.Celsius=43.50` lines, one item a thing: `sensor-S0`. `Running[85%]` becomes `Running` and a
 * percentage. Other lines are passed over. Throws REFUSED or PROTOCOL where it is something else altogether.
 */
export function decodeTemperature(text: string): Reading[] {
  refuseErrorText(text, PATH);
  const things = new Map<string, [string, string][]>();
  for (const line of text.split(/\r?\n/)) {
    const [, kind, id, name, value] = /^(\w+)\.(\w+)\.([\w.]+)=(.*)$/.exec(line.trim()) ?? [];
    if (kind === undefined || name === undefined || value === undefined) continue;
    const item = `${kind.toLowerCase()}-${id}`;
    const thing = things.get(item) ?? [];
    things.set(item, thing);
    thing.push(...split(name, value));
  }
  if (things.size === 0 && text.trim() !== '')
    throw fail('PROTOCOL', `${PATH}: no line of the answer can be read`);
  const readings = [...things].map(([item, entries]) => {
    const values = typed(entries, TYPES);
    return readingOf(API, values, { item, units: unitsOf(values, UNITS) });
  });
  return bounded(readings);
}

function split(name: string, value: string): [string, string][] {
  const [, state, percentage] = /^(\w+)\[(\d{1,3})%\]$/.exec(value) ?? [];
  if (state === undefined || percentage === undefined) return [[name, value]];
  return [
    [name, state],
    ['Percentage', percentage],
  ];
}
