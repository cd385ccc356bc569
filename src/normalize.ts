// A Notification becomes a CameraEvent: typed by the device's declaration, named, and never less than was said.
import { createHash, randomUUID } from 'node:crypto';
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
  /** For a property whose message does not say it (DESIGN 3.2). */
  operation: Operation;
  /** How often this connection brought the same content with the same time before. */
  repeat: number;
}

/** Pure but for the random id of an event without a time, and total: whatever a device says becomes an event. */
export function normalize(notification: Notification, context: NormalizeContext): CameraEvent {
  const { declaration } = context;
  const kind = kindOf(notification, declaration);
  const data = typed(notification.data, declaration?.data);
  const state = declaration?.data.find(item => item.state)?.name;
  return {
    id: identify(notification, context),
    device: context.device,
    serial: context.serial,
    topic: notification.topic,
    kind,
    ...(kind === 'property' ? { operation: notification.operation ?? context.operation } : {}),
    source: typed(notification.source, declaration?.source),
    key: typed(notification.key, declaration?.key),
    data,
    ...(state !== undefined && Object.hasOwn(data, state) ? { active: data[state] as Json } : {}),
    ...(declaration === undefined ? { untyped: true } : {}),
    time: notification.time,
    received: new Date(context.received).toISOString(),
    labels: context.labels,
  };
}

/** A topic that neither its message nor a declaration calls a property is an event (DESIGN 3.2). */
export function kindOf(notification: Notification, declaration: TopicDeclaration | undefined): Kind {
  return notification.operation !== undefined || declaration?.property === true ? 'property' : 'event';
}

/** What makes two notifications the same occurrence: all of it, as the device said it. */
export function contentOf(notification: Notification, serial: string): string {
  const { topic, source, key, data, time } = notification;
  return JSON.stringify([serial, topic, texts(source), texts(key), texts(data), time]);
}

function identify(notification: Notification, { serial, repeat }: NormalizeContext): string {
  if (notification.time === null) return randomUUID().replaceAll('-', '');
  const hash = createHash('sha256').update(contentOf(notification, serial));
  if (repeat > 0) hash.update(`#${repeat}`);
  return hash.digest('hex').slice(0, 32);
}

function texts(items: readonly Item[]): Json[] {
  return items.flatMap(({ name, value }) => [name, value]);
}

/** Values by name; a name that comes twice becomes an array. */
function typed(items: readonly Item[], declared: readonly ItemDeclaration[] | undefined): Values {
  const values = Object.create(null) as Values;
  const repeated = new Set<string>();
  for (const { name, value: raw } of items) {
    const value = convert(raw, declared?.find(item => item.name === name)?.type);
    if (!Object.hasOwn(values, name)) values[name] = value;
    else if (repeated.has(name)) (values[name] as Json[]).push(value);
    else {
      repeated.add(name);
      values[name] = [values[name] as Json, value];
    }
  }
  return values;
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
