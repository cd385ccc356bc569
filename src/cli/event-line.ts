// One event as a line for people.
import type { CameraEvent, Values } from '../event.ts';
import { printable } from './printable.ts';

const DIM = '\u001b[2m';
const BOLD = '\u001b[1m';
const GREEN = '\u001b[32m';
const PLAIN = '\u001b[0m';
const TOPIC_WIDTH = 44;
const VALUE_MAX = 80;

/** When it was read in local time, what it is, its topic, and its items, in columns as far as they fit. */
export function eventLine(event: CameraEvent, color: boolean): string {
  const style = (code: string, text: string) => (color ? `${code}${text}${PLAIN}` : text);
  const { kind, operation, topic, source, key, data, untyped, resync } = event;
  const about = itemsOf({ ...source, ...key });
  const marks = [...(untyped ? ['untyped'] : []), ...(resync ? ['resync'] : [])];
  return [
    style(DIM, localTime(event.received)),
    style(operation === 'changed' || kind === 'event' ? GREEN : DIM, (operation ?? kind).padEnd(11)),
    style(BOLD, printable(topic).padEnd(TOPIC_WIDTH)),
    ...(about === '' ? [] : [about]),
    style(DIM, '→'),
    itemsOf(data) || '-',
    ...marks.map(mark => style(DIM, `(${mark})`)),
  ].join(' ');
}

/** `name=value` of each item; long values are cut. */
export function itemsOf(values: Values): string {
  return Object.entries(values)
    .map(([name, value]) => `${printable(name)}=${cut(printable(JSON.stringify(value)))}`)
    .join(' ');
}

function cut(text: string): string {
  return text.length <= VALUE_MAX ? text : `${text.slice(0, VALUE_MAX)}… (${text.length} characters)`;
}

function localTime(iso: string): string {
  const time = new Date(iso);
  const two = (number: number) => String(number).padStart(2, '0');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
