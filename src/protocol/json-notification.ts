// Notifications as JSON: the WebSocket stream, the device's own MQTT client, ONVIF's event broker (PROTOCOLS 2.3, 5.3, 6).
import type { Item, Json, Notification } from '../event.ts';
import { fail } from '../util/errors.ts';
import { normalizeTopic } from './topic.ts';
import { fromEpoch, fromIso } from './utc.ts';

const MAX_DEPTH = 64;

const TEXT_MAX = 60;

type Fields = Readonly<Record<string, unknown>>;

/** Where the form of a message has its parts. */
interface Form {
  groups: readonly [source: string, key: string, data: string];
  time: string;
}

const OWN_FORM: Form = { groups: ['source', 'key', 'data'], time: 'timestamp' };
/** ONVIF's `onvif-ej`, whose topic is in that of the MQTT message alone; it has no place for key items. */
const ONVIF_EJ: Form = { groups: ['Source', 'Key', 'Data'], time: 'UtcTime' };

/**
 * The notification that a JSON value is, with every item: `{topic, timestamp, message: {source, key, data}}`, the same
 * without the `message` around the groups, or ONVIF's `onvif-ej` (PROTOCOLS 6). A group that is missing is empty, but
 * one of them there has to be, or an empty `message`. Items come in the order of the text, but for names that are
 * whole numbers, which `JSON.parse` puts first.
 * @throws PROTOCOL without a topic, where nothing was said, where a group is no object, and where an item is nested
 * deeper than 64 levels.
 */
export function readJsonNotification(value: unknown): Notification {
  const fields = fieldsOf(value);
  const { topic } = fields;
  const path = typeof topic === 'string' ? normalizeTopic(topic) : '';
  if (path === '') throw fail('PROTOCOL', 'a notification without a topic');
  const { message, form } = partsOf(fields);
  const [source, key, data] = form.groups.map(name => itemsOf(name, message[name]));
  return {
    topic: path,
    time: readTimestamp(fields[form.time]),
    source: source ?? [],
    key: key ?? [],
    data: data ?? [],
  };
}

/** The fields that hold the groups, and how they are called there. */
function partsOf(fields: Fields): { message: Fields; form: Form } {
  const { message } = fields;
  if (isObject(message) && hasGroup(message, OWN_FORM)) return ownParts(message);
  const isEmpty = isObject(message) && Object.keys(message).length === 0;
  if (isEmpty && !hasGroup(fields, OWN_FORM)) return { message, form: OWN_FORM };
  if (isEmpty) return { message: fields, form: OWN_FORM };
  if (isObject(message)) throw nothingSaid('its message has neither source, key nor data');
  if (message !== undefined && message !== null) throw nothingSaid(`its message is ${shown(message)}`);
  const form = [OWN_FORM, ONVIF_EJ].find(one => hasGroup(fields, one));
  if (form === undefined) throw nothingSaid('it has neither message, source, key nor data');
  return { message: fields, form };
}

/** Groups of both forms in one message leave open which of them are meant. */
function ownParts(message: Fields): { message: Fields; form: Form } {
  if (hasGroup(message, ONVIF_EJ)) throw nothingSaid('its message mixes two forms');
  return { message, form: OWN_FORM };
}

function nothingSaid(why: string): Error {
  return fail('PROTOCOL', `a notification that says nothing: ${why}`);
}

function hasGroup(fields: Fields, { groups }: Form): boolean {
  return groups.some(name => Object.hasOwn(fields, name));
}

/** What is no object has no fields. */
export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function itemsOf(name: string, group: unknown): Item[] {
  if (group === undefined || group === null) return [];
  if (!isObject(group))
    throw fail('PROTOCOL', `the \`${name}\` of a notification is ${shown(group)}, no object of items`);
  return Object.entries(group).map(([item, value]) => ({ name: item, value: readValue(value) }));
}

/** What stands there in the place of an object, cut short. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return JSON.stringify(typeof value === 'string' ? value.slice(0, TEXT_MAX) : value);
}

/** Devices say texts; whatever else stands there is kept as it is. */
function readValue(value: Json): Json {
  if (isDeeper(value, MAX_DEPTH))
    throw fail('PROTOCOL', `the JSON is nested deeper than ${MAX_DEPTH} levels`);
  return value;
}

function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some(inner => isDeeper(inner, levels - 1));
}

/** Bytes at either end of a message in which its topic is looked for. */
const LOOKED_AT = 64 * 1024;
const TOPIC = /"topic"\s*:\s*"((?:[^"\\]|\\.){1,512})"/;

/** The topic of the event that a message is about, though it cannot be read: undefined where none is found. */
export function findTopic(message: Buffer): string | undefined {
  const ends = [message.subarray(0, LOOKED_AT), message.subarray(-LOOKED_AT)];
  const said = ends.map(bytes => TOPIC.exec(bytes.toString('utf8'))?.[1]).find(topic => topic !== undefined);
  return said && (normalizeTopic(said.replaceAll('\\/', '/')) || undefined);
}

/** Epoch milliseconds, as devices say it, or ISO 8601, to ISO 8601 in UTC; null where it says no time. */
function readTimestamp(timestamp: unknown): string | null {
  if (typeof timestamp === 'number') return fromEpoch(timestamp);
  const text = typeof timestamp === 'string' ? timestamp.trim() : '';
  return /^-?\d{1,15}$/.test(text) ? fromEpoch(Number(text)) : fromIso(text);
}
