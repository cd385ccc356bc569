// One event as a line for people.
import type { CameraEvent, Values } from '../../event.ts';
import { booleanOf } from '../../util/boolean.ts';
import { printable } from '../printable.ts';
import { createStyle, type Style } from '../style.ts';

const LABEL_WIDTH = 11;
const TOPIC_WIDTH = 44;
const VALUE_MAX = 80;
const ITEMS_MAX = 40;
const TEXT_MAX = 800;

/** What a line shows of an event. */
export type EventParts = Pick<
  CameraEvent,
  'kind' | 'operation' | 'topic' | 'source' | 'key' | 'data' | 'active' | 'untyped' | 'resync'
>;

/** When it was read in local time, what it is, its topic, and its items, in columns as far as they fit. */
export function eventLine(event: CameraEvent, color: boolean): string {
  const style = createStyle(color);
  return `${style('dim', localTime(Date.parse(event.received)))} ${eventText(event, style)}`;
}

/** The same without the time. */
export function eventText(event: EventParts, style: Style): string {
  const { kind, operation, topic, source, key, data, active, untyped, resync } = event;
  const about = itemsOf({ ...source, ...key });
  const marks = [...(untyped ? ['untyped'] : []), ...(resync ? ['resync'] : [])];
  return [
    style(operation === 'changed' || kind === 'event' ? 'green' : 'dim', label(operation ?? kind)),
    style('bold', subject(topic)),
    ...(about === '' ? [] : [about]),
    style('dim', '→'),
    itemsOf(stateFirst(data, active)) || '-',
    ...marks.map(mark => style('dim', `(${mark})`)),
  ].join(' ');
}

/** The first column after the time. */
export function label(text: string): string {
  return text.padEnd(LABEL_WIDTH);
}

/** The second one: what it is about. */
export function subject(text: string): string {
  return cut(printable(text), TEXT_MAX).padEnd(TOPIC_WIDTH);
}

/** `name=value` of each item; long values are cut, and so is a long list. */
export function itemsOf(values: Values): string {
  const items = Object.entries(values);
  const shown = items
    .slice(0, ITEMS_MAX)
    .map(
      ([name, value]) =>
        `${cut(printable(name), VALUE_MAX)}=${cut(printable(JSON.stringify(value)), VALUE_MAX)}`,
    );
  const more = items.length > ITEMS_MAX ? [`… (${items.length} items)`] : [];
  return cut([...shown, ...more].join(' '), TEXT_MAX);
}

/** A text of at most so many characters, and how long it was. */
export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (${text.length} characters)`;
}

/** Of ms since the epoch: hours to milliseconds. */
export function localTime(ms: number): string {
  const time = new Date(ms);
  const two = (number: number) => String(number).padStart(2, '0');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

/** The item that is the state in front of those that explain it. */
function stateFirst(data: Values, active: EventParts['active']): Values {
  if (active === undefined) return data;
  const items = Object.entries(data);
  const isState = ([, value]: (typeof items)[number]) => booleanOf(value) === active;
  return Object.fromEntries([...items.filter(isState), ...items.filter(item => !isState(item))]);
}
