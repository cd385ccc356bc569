// Notifications as JSON: the form of the WebSocket stream and of the device's own MQTT client (PROTOCOLS 2.3, 5.3).
import type { Item, Json, Notification } from '../event.ts';
import { fail } from '../util/errors.ts';
import { normalizeTopic } from './topic.ts';
import { fromEpoch, fromIso } from './utc.ts';

const MAX_DEPTH = 64;

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
