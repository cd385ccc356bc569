// AXIS Object Analytics: the counts of each scenario that counts (PROTOCOLS 7.4).
import type { Reading } from '../event.ts';
import { fail } from '../util/errors.ts';
import { callJson, decodeJson, fieldsOf, textOf } from './json.ts';
import type { Poll } from './poll.ts';
import { bounded, readingOf, typed, utcOf } from './readings.ts';

export interface Scenario {
  /** As the device writes it: a number, or the text of newer versions. */
  id: string | number;
  name: string;
  type: string;
}

const API = 'object-analytics';
const PATH = '/local/objectanalytics/control.cgi';
const SCENARIOS_MAX = 64;

/** How each type of scenario is read; of the others nothing can be. */
const METHODS = new Map([
  ['crosslinecounting', { method: 'getAccumulatedCounts', accumulates: true }],
  ['occupancyInArea', { method: 'getOccupancy', accumulates: false }],
]);

export const pollObjectAnalytics: Poll = async (client, { signal }) => {
  // Early versions want `params` even where there are none.
  const configuration = { path: PATH, method: 'getConfiguration', params: {}, signal };
  const readings: Reading[] = [];
  for (const scenario of decodeScenarios(await callJson(client, configuration))) {
    const { method } = METHODS.get(scenario.type) ?? {};
    if (method === undefined) continue;
    const call = { path: PATH, method, params: { scenario: scenario.id }, signal };
    readings.push(decodeCounts(await callJson(client, call), scenario));
  }
  return bounded(readings);
};

/** Reads an answer to getConfiguration; scenarios without an id cannot be asked for. */
export function decodeScenarios(text: string): Scenario[] {
  const { scenarios } = decodeJson(text, PATH);
  if (!Array.isArray(scenarios)) throw fail('PROTOCOL', `${PATH}: the answer has no list of scenarios`);
  if (scenarios.length > SCENARIOS_MAX) throw fail('TOO_LARGE', `${PATH}: ${scenarios.length} scenarios`);
  return scenarios.map(fieldsOf).flatMap(({ id, name, type }) => {
    const isId = typeof id === 'number' || (typeof id === 'string' && id !== '');
    return isId ? [{ id, name: textOf(name), type: textOf(type) }] : [];
  });
}

/**
 * Reads the counts of a scenario under the names that the device gives them: `totalHuman` in some versions, `human` in
 * others. All numbers of an accumulating scenario count up. Throws REFUSED, PROTOCOL or TOO_LARGE.
 */
export function decodeCounts(text: string, { id, name, type }: Scenario): Reading {
  const { timeStamp, ...fields } = decodeJson(text, PATH);
  const counts = typed(Object.entries(fields), NUMBERS);
  if (!Object.keys(counts).some(key => NUMBERS.has(key) && typeof counts[key] === 'number'))
    throw fail('PROTOCOL', `${PATH}: the answer has no count`);
  const isCount = (key: string) => METHODS.get(type)?.accumulates === true && typeof counts[key] === 'number';
  return readingOf(
    API,
    { scenario: name, type, ...counts },
    { item: String(id), counters: Object.keys(counts).filter(isCount), time: utcOf(timeStamp) },
  );
}

/** The classes of objects, as counts and as occupancy; some versions write their numbers as texts. */
const CLASSES = [
  'total',
  'bike',
  'bus',
  'car',
  'human',
  'motorcycle/bicycle',
  'otherVehicle',
  'truck',
  'unknown',
];
const NUMBERS = new Map(
  CLASSES.flatMap(name => [name, `total${name[0]?.toUpperCase()}${name.slice(1)}`]).map(
    name => [name, 'number'] as const,
  ),
);
