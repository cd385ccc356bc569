// A Notification becomes a CameraEvent: typed by the device's declaration, named, and never less than was said.
import { hash, randomUUID } from 'node:crypto';
import type {
  CameraEvent,
  Item,
  ItemDeclaration,
  Json,
  Kind,
  Notification,
  Operation,
  TopicDeclaration,
  Values,
} from './event.ts';

export interface NormalizeContext {
  device: string;
  serial: string;
  labels: Readonly<Record<string, string>>;
  /** When it was read, ms since the epoch. */
  received: number;
  /** What the device declares of this topic, where it does. */
  declaration: TopicDeclaration | undefined;
  id: string;
  /** For a property whose message does not say its operation (DESIGN 3.2). */
  operation: Operation;
  /** It changed while nobody listened. */
  resync: boolean;
  /** Data items that a field rule cut short, or took out. */
  cut?: readonly string[] | undefined;
  dropped?: readonly string[] | undefined;
}

/** What a notification is about, and what it says of it, as texts to compare and to hash. */
export interface Identity {
  /** Topic, source and key: of a property, which one it is. */
  place: string;
  data: string;
}

/** Pure and total: whatever a device says becomes an event. */
export function normalize(notification: Notification, context: NormalizeContext): CameraEvent {
  const { declaration, device, serial, labels, id, resync, cut, dropped } = context;
  const { topic, time } = notification;
  const kind = kindOf(notification, declaration);
  const data = typed(notification.data, declaration?.data);
  // One shape for all events, in the order of the payload; what is undefined is left out of its JSON.
  return {
    id,
    device,
    serial,
    topic,
    kind,
    operation: kind === 'property' ? (notification.operation ?? context.operation) : undefined,
    source: typed(notification.source, declaration?.source),
    key: typed(notification.key, declaration?.key),
    data,
    active: activeOf(data, declaration),
    untyped: declaration === undefined ? true : undefined,
    resync: resync ? true : undefined,
    aggregate: isAggregate(notification) ? true : undefined,
    merged: undefined,
    cut,
    dropped,
    time,
    received: new Date(context.received).toISOString(),
    labels,
  };
}

/** The value of the declared state item. */
function activeOf(data: Values, declaration: TopicDeclaration | undefined): Json | undefined {
  const state = declaration?.data.find(item => item.state)?.name;
  return state !== undefined && Object.hasOwn(data, state) ? data[state] : undefined;
}

/** `…ProfileANY` and port -1, "any port", say once more what one of several says (PROTOCOLS 9). */
function isAggregate({ topic, source }: Notification): boolean {
  if (topic.endsWith('ANY')) return true;
  for (const { name, value } of source) if (name === 'port' && value === '-1') return true;
  return false;
}

/** A topic that neither its message nor a declaration calls a property is an event (DESIGN 3.2). */
export function kindOf(notification: Notification, declaration: TopicDeclaration | undefined): Kind {
  return notification.operation !== undefined || declaration?.property === true ? 'property' : 'event';
}

/** The texts as the device said them, before any typing, so that a declaration changes neither id nor topic. */
export function identify({ topic, source, key, data }: Notification): Identity {
  return { place: `${topic}\n${texts(source)}\n${texts(key)}`, data: texts(data) };
}

/**
 * The same for every delivery of the same occurrence, here and elsewhere: 32 hex digits of a SHA-256, random where
 * the device said no time. `repeat`: how often this connection brought the same before.
 */
export function occurrenceId(
  serial: string,
  { place, data }: Identity,
  time: string | null,
  repeat = 0,
): string {
  if (time === null) return randomUUID().replaceAll('-', '');
  const text = `${serial}\n${place}\n${data}\n${time}${repeat > 0 ? `\n${repeat}` : ''}`;
  return hash('sha256', text, 'hex').slice(0, 32);
}

/** Each text with its length before it, so that no two lists of items read the same. */
function texts(items: readonly Item[]): string {
  let all = '';
  for (const { name, value } of items) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    all += `${name.length}:${name}${text.length}:${text}`;
  }
  return all;
}

/** Which property a device speaks of. */
export type Property = Pick<Notification, 'topic' | 'source' | 'key'>;

/** The property of a `place`, its values as texts; undefined where the text is none. */
export function propertyOf(place: string): Property | undefined {
  const end = place.indexOf('\n');
  const source = readItems(place, end + 1);
  const key = source && readItems(place, source.end + 1);
  if (end < 0 || key?.end !== place.length) return undefined;
  return { topic: place.slice(0, end), source: source?.items ?? [], key: key.items };
}

/** Items as `texts` wrote them, from `at` up to a line break or the end. */
function readItems(text: string, at: number): { items: Item[]; end: number } | undefined {
  const items: Item[] = [];
  let end = at;
  const read = (): string | undefined => {
    const length = /^\d{1,9}(?=:)/.exec(text.slice(end, end + 10))?.[0];
    if (length === undefined) return undefined;
    const start = end + length.length + 1;
    end = start + Number(length);
    return end <= text.length ? text.slice(start, end) : undefined;
  };
  while (end < text.length && text[end] !== '\n') {
    const name = read();
    const value = read();
    if (name === undefined || value === undefined) return undefined;
    items.push({ name, value });
  }
  return { items, end };
}

/** Values by name; a name that comes twice becomes an array. */
function typed(items: readonly Item[], declared: readonly ItemDeclaration[] | undefined): Values {
  const values: Values = {};
  let repeated: Set<string> | undefined;
  for (const { name, value: raw } of items) {
    const value = convert(raw, typeOf(name, declared));
    if (!Object.hasOwn(values, name)) set(values, name, value);
    else if (repeated?.has(name)) (values[name] as Json[]).push(value);
    else {
      repeated ??= new Set();
      repeated.add(name);
      set(values, name, [values[name] as Json, value]);
    }
  }
  return values;
}

/** `__proto__` is a name like any other. */
function set(values: Values, name: string, value: Json): void {
  if (name !== '__proto__') values[name] = value;
  else Object.defineProperty(values, name, { value, enumerable: true, writable: true, configurable: true });
}

function typeOf(name: string, declared: readonly ItemDeclaration[] | undefined): string | undefined {
  if (declared === undefined) return undefined;
  for (const item of declared) if (item.name === name) return item.type;
  return undefined;
}

function convert(value: Json, type: string | undefined): Json {
  if (typeof value !== 'string' || type === undefined) return value;
  const converter = CONVERTERS[type.slice(type.indexOf(':') + 1)];
  return converter?.(value.trim()) ?? value;
}

type Converter = (text: string) => Json | undefined;

/** By the local name of the declared XML type; what is not here stays text. Undefined: it does not fit its type. */
const CONVERTERS: Readonly<Record<string, Converter>> = {
  __proto__: null as never,
  boolean: text => BOOLEANS.get(text),
  ...Object.fromEntries(
    ['int', 'integer', 'long', 'short', 'byte', 'nonNegativeInteger', 'positiveInteger', 'negativeInteger']
      .concat(['nonPositiveInteger', 'unsignedInt', 'unsignedLong', 'unsignedShort', 'unsignedByte'])
      .map((type): [string, Converter] => [type, integer]),
  ),
  double: number,
  float: number,
  decimal: number,
};

const BOOLEANS = new Map<string, boolean>([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
]);

/** Past 2^53 a JSON reader would lose digits: it stays the text that it was. */
function integer(text: string): Json | undefined {
  const value = /^[+-]?\d{1,17}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}

function number(text: string): Json | undefined {
  const value = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
