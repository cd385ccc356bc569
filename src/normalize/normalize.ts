// A Notification becomes a CameraEvent: typed by the device's declaration, named, and never less than was said.
import type { CameraEvent, Kind, Notification, Operation, TopicDeclaration, Values } from '../event.ts';
import { booleanOf } from '../util/boolean.ts';
import { typed } from './values.ts';

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
    received: isoTime(context.received),
    labels,
  };
}

let stamp = { ms: 0, text: new Date(0).toISOString() };

/** A busy bridge reads many events in a millisecond, and the text of it costs as much as the hash of an event. */
function isoTime(ms: number): string {
  if (ms !== stamp.ms) stamp = { ms, text: new Date(ms).toISOString() };
  return stamp.text;
}

/** Whether the declared state item says yes or no; nothing where it says something else. */
function activeOf(data: Values, declaration: TopicDeclaration | undefined): boolean | undefined {
  const state = declaration?.data.find(item => item.state)?.name;
  return state !== undefined && Object.hasOwn(data, state) ? booleanOf(data[state]) : undefined;
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
