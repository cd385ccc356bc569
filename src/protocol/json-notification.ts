// Notifications as JSON: the form of the WebSocket stream and of the device's own MQTT client (PROTOCOLS 2.3, 5.3).
import type { Item, Json, Notification } from '../event.ts';
import { fail } from '../util/errors.ts';
import { normalizeTopic } from './topic.ts';

const MAX_DEPTH = 64;
/** What ISO 8601 can write with four digits of year: 0001-01-01 to 9999-12-31, in ms. */
const EARLIEST = -62_135_596_800_000;
const LATEST = 253_402_300_799_999;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/i;

/**
 * The notification that a JSON value is, `{topic, timestamp, message: {source, key, data}}`, with every item. Parts
 * that are missing, or are not what they should be, are empty. Items come in the order of the text, but for names
 * that are whole numbers, which `JSON.parse` puts first.
 * @throws PROTOCOL without a topic, or where an item is nested deeper than 64 levels.
 */
export function readJsonNotification(value: unknown): Notification {
  const { topic, timestamp, message } = fieldsOf(value);
  const path = typeof topic === 'string' ? normalizeTopic(topic) : '';
  if (path === '') throw fail('PROTOCOL', 'a notification without a topic');
  const { source, key, data } = fieldsOf(message);
  return {
    topic: path,
    time: readTimestamp(timestamp),
    source: itemsOf(source),
    key: itemsOf(key),
    data: itemsOf(data),
  };
}

/** What is no object has no fields. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Record<string, Json> {
  return typeof value === 'object' && value !== null;
}

function itemsOf(group: unknown): Item[] {
  if (!isObject(group)) return [];
  return Object.entries(group).map(([name, value]) => ({ name, value: readValue(value) }));
}

/** Devices say texts; whatever else stands there is kept as it is. */
function readValue(value: Json): Json {
  if (isDeeper(value, MAX_DEPTH))
    throw fail('PROTOCOL', `the JSON is nested deeper than ${MAX_DEPTH} levels`);
  return value;
}

function isDeeper(value: Json, levels: number): boolean {
  if (!isObject(value)) return false;
  return levels === 0 || Object.values(value).some(inner => isDeeper(inner, levels - 1));
}

/** Epoch milliseconds, as devices say it, or ISO 8601, to ISO 8601 in UTC; null where it says no time. */
function readTimestamp(timestamp: unknown): string | null {
  if (typeof timestamp === 'number') return fromEpoch(timestamp);
  const text = typeof timestamp === 'string' ? timestamp.trim() : '';
  return /^-?\d{1,15}$/.test(text) ? fromEpoch(Number(text)) : fromIso(text);
}

function fromEpoch(ms: number): string | null {
  return ms >= EARLIEST && ms <= LATEST ? new Date(ms).toISOString() : null;
}

/** In UTC it stays as it was said, to the microsecond; without a zone it is UTC too (PROTOCOLS 10). */
function fromIso(text: string): string | null {
  const [said, zone] = ISO.exec(text) ?? [];
  if (said === undefined) return null;
  const utc = zone === undefined ? `${said}Z` : said;
  const ms = Date.parse(utc);
  if (Number.isNaN(ms)) return null;
  return /z$/i.test(utc) ? utc.toUpperCase() : fromEpoch(ms);
}
