// A message as a line for people, and as one for programs.
import { isUtf8 } from 'node:buffer';
import type { Json } from '../../event.ts';
import type { Inbound } from '../../mqtt/types.ts';
import { topicSegments } from '../../util/topic.ts';
import { cut, eventText, itemsOf, label, localTime, subject } from '../events/event-line.ts';
import { printable } from '../printable.ts';
import { createStyle, type Style, type StyleName } from '../style.ts';
import { isValues, type Message, type MessageKind } from './message.ts';

const DEVICE_WIDTH = 14;
const DEVICE_MAX = 80;
const TEXT_MAX = 400;
const SAID_MAX = 1000;

export interface LineOptions {
  /** When it came, ms since the epoch. */
  time: number;
  color: boolean;
}

/** Local time, device, what it is, and what it says, in columns as far as they fit. */
export function messageLine(message: Message, { time, color }: LineOptions): string {
  const style = createStyle(color);
  return [
    style('dim', localTime(time)),
    cut(printable(message.device ?? '-'), DEVICE_MAX).padEnd(DEVICE_WIDTH),
    TEXTS[message.kind](message, style) ?? plainText(message, style),
    ...(message.inbound.retain ? [style('dim', '(retained)')] : []),
  ].join(' ');
}

/** One JSON object: a payload that is JSON as that, another as its text, what is no text in base64. */
export function messageJson({ inbound, text, value }: Message): string {
  const { topic, retain, qos, payload } = inbound;
  const said = isUtf8(payload)
    ? { payload: value === undefined ? text : value }
    : { payloadBase64: payload.toString('base64') };
  return printable(JSON.stringify({ topic, retain, qos, ...said, properties: propertiesOf(inbound) }));
}

function propertiesOf({ properties }: Inbound): object {
  const { correlationData, ...others } = properties;
  return correlationData === undefined
    ? others
    : { ...others, correlationData: correlationData.toString('base64') };
}

/** What a message of a kind says; undefined where its payload is not as expected. */
type Text = (message: Message, style: Style) => string | undefined;

const TEXTS: Readonly<Record<MessageKind, Text>> = {
  event: ({ event }, style) =>
    event && eventText({ ...event, topic: topicSegments(event.topic).join('/') }, style),
  reading: readingText,
  availability: stateText,
  bridge: stateText,
  gap: gapText,
  info: infoText,
  command: plainText,
  result: plainText,
  other: plainText,
};

/** The payload as it is, long ones cut. */
function plainText({ kind, rest, text }: Message, style: Style): string {
  const said = text === '' ? '(cleared)' : cut(printable(text), TEXT_MAX);
  return row(style, ['dim', kind], rest, said);
}

function readingText({ value, rest }: Message, style: Style): string | undefined {
  if (!isValues(value) || !isValues(value['values'])) return undefined;
  const { values, units, delta, reset } = value;
  const withUnits = Object.entries(values).map(([name, each]): [string, Json] => {
    const unit = isValues(units) && Object.hasOwn(units, name) ? units[name] : undefined;
    return [typeof unit === 'string' ? `${name} [${unit}]` : name, each];
  });
  const more = isValues(delta) ? ` (${itemsOf(delta)} more)` : '';
  const mark = reset === true ? ' (reset)' : '';
  return row(style, ['green', 'reading'], rest, itemsOf(Object.fromEntries(withUnits)) + more + mark);
}

const STATES: Readonly<Record<string, StyleName>> = { online: 'green', degraded: 'yellow', offline: 'red' };

/** Availability, and the bridge's own state. */
function stateText({ value, rest }: Message, style: Style): string | undefined {
  if (!isValues(value) || typeof value['state'] !== 'string' || !Object.hasOwn(STATES, value['state']))
    return undefined;
  const { state, source, reason, message, since } = value;
  const about = typeof source === 'string' ? `by ${source}` : rest;
  const why = [reason, message].filter(each => typeof each === 'string').join(': ');
  const from = typeof since === 'string' ? `since ${since}` : '';
  return row(
    style,
    [STATES[state] ?? 'dim', state],
    about,
    [why, from].filter(each => each !== '').join(', '),
  );
}

function gapText({ value }: Message, style: Style): string | undefined {
  if (!isValues(value)) return undefined;
  const { from, to, cause, events, topics } = value;
  if (typeof from !== 'string' || typeof to !== 'string' || typeof cause !== 'string') return undefined;
  const lost = typeof events === 'number' ? `events lost: ${events}` : 'not heard';
  const which = Array.isArray(topics) ? ` (${topics.join(', ')})` : '';
  return row(style, ['yellow', 'gap'], `cause: ${cause}`, `${lost}${which} from ${from} to ${to}`);
}

function infoText({ value }: Message, style: Style): string | undefined {
  if (!isValues(value) || typeof value['serial'] !== 'string') return undefined;
  const { serial, model, firmware, events } = value;
  const what = [model, firmware].filter(each => typeof each === 'string').join(' ');
  const declared = isValues(events) ? `, topics declared: ${Object.keys(events).length}` : '';
  return row(style, ['dim', 'info'], what, `serial ${serial}${declared}`);
}

function row(style: Style, [name, kind]: readonly [StyleName, string], about: string, said: string): string {
  const columns = [style(name, label(kind)), style('bold', subject(about))];
  return said === ''
    ? columns.join(' ').trimEnd()
    : [...columns, style('dim', '→'), cut(printable(said), SAID_MAX)].join(' ');
}
