// What the answers of polled APIs have in common: typed values, bounded, under the names that the device uses.
import type { Json, Reading, Values } from '../event.ts';
import { fail } from '../util/errors.ts';

/** What an API defines of a value; without it a text stays a text. */
export type ValueType = 'number' | 'boolean';

/** Types by the name of the value. */
export type Types = ReadonlyMap<string, ValueType>;

/** What one device may say at a time: more is a device that invents things. */
const ITEMS_MAX = 100;
const VALUES_MAX = 200;
const NAME_MAX = 128;
const TEXT_MAX = 4096;
const DEPTH_MAX = 16;

const BOOLEANS = new Map<unknown, boolean>([
  ['yes', true],
  ['true', true],
  ['no', false],
  ['false', false],
]);

/** A reading of one thing; what is left out of `parts` has neither item, unit, counter nor time. */
export function readingOf(api: string, values: Values, parts: Partial<Reading> = {}): Reading {
  return { item: undefined, units: {}, counters: [], time: null, ...parts, api, values };
}

/**
 * Values by name, each of its type; one that does not fit it stays what it was, and what is nested becomes JSON text.
 * `__proto__` is a name like any other. Throws TOO_LARGE.
 */
export function typed(fields: Iterable<readonly [string, unknown]>, types: Types = new Map()): Values {
  const entries = [...fields].map(([name, value]) => [name, convert(value, types.get(name))] as const);
  if (entries.length > VALUES_MAX) throw fail('TOO_LARGE', `more than ${VALUES_MAX} values of one thing`);
  if (entries.some(([name]) => name.length > NAME_MAX)) throw fail('TOO_LARGE', 'the name of a value');
  return Object.fromEntries(entries);
}

/** The readings of one answer. Throws TOO_LARGE where there are too many, or an item's name is too long for a topic. */
export function bounded(readings: Reading[]): Reading[] {
  if (readings.length > ITEMS_MAX) throw fail('TOO_LARGE', `more than ${ITEMS_MAX} items`);
  if (readings.some(({ item = '' }) => item.length > NAME_MAX))
    throw fail('TOO_LARGE', 'the name of an item');
  return readings;
}

/** Only the units of values that are there. */
export function unitsOf(values: Values, units: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...units].filter(([name]) => typeof values[name] === 'number'));
}

/** A time with its zone as UTC, null where it is none: a time without a zone is anybody's guess. */
export function utcOf(text: unknown): string | null {
  if (typeof text !== 'string' || !/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) || text.length > 40) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

function convert(value: unknown, type: ValueType | undefined): Json {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  const text = typeof value === 'string' ? value : nested(value);
  if (text.length > TEXT_MAX) throw fail('TOO_LARGE', `a value of ${text.length} characters`);
  if (type === 'number') return numberOf(text) ?? text;
  if (type === 'boolean') return BOOLEANS.get(text.toLowerCase()) ?? text;
  return text;
}

function numberOf(text: string): number | undefined {
  const value = /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

function nested(value: unknown): string {
  if (!isShallow(value)) throw fail('TOO_LARGE', `nested deeper than ${DEPTH_MAX} levels`);
  return JSON.stringify(value) ?? '';
}

function isShallow(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth < DEPTH_MAX && Object.values(value).every(each => isShallow(each, depth + 1));
}
