// The metadata XML of the RTSP stream (PROTOCOLS 1.7): a message, a document of messages, and a prepared document.
import type { Operation } from '../../event.ts';
import type { Pair } from '../items.ts';
import { escapeXml } from '../xml.ts';

export interface Message {
  topic: string;
  /** UtcTime as it will stand there. */
  time: string;
  /** None for a stateless event. */
  operation?: Operation;
  source: readonly Pair[];
  key: readonly Pair[];
  /** None where the group is missing altogether, as it may be on `Deleted`. */
  data?: readonly Pair[];
}

/** How documents are written; see the oddities of the same names. */
export interface Style {
  strangePrefixes?: boolean;
  newlines?: boolean;
  oneEventBlock?: boolean;
}

interface Prefixes {
  tt: string;
  wsnt: string;
  wsa: string;
  tns1: string;
  tnsaxis: string;
}

const USUAL: Prefixes = { tt: 'tt', wsnt: 'wsnt', wsa: 'wsa5', tns1: 'tns1', tnsaxis: 'tnsaxis' };
const STRANGE: Prefixes = { tt: 'm', wsnt: 'n-1', wsa: 'adr', tns1: 'onvif', tnsaxis: 'ax_is' };
const NAMESPACES: Prefixes = {
  tt: 'http://www.onvif.org/ver10/schema',
  wsnt: 'http://docs.oasis-open.org/wsn/b-2',
  wsa: 'http://www.w3.org/2005/08/addressing',
  tns1: 'http://www.onvif.org/ver10/topics',
  tnsaxis: 'http://www.axis.com/2009/event/topics',
};
const INNER = ['tns1', 'tnsaxis', 'wsnt', 'wsa'] as const;
const DIALECT = 'http://docs.oasis-open.org/wsn/t-1/TopicExpression/Simple';
const PRODUCER = 'uri://4a5b6c7d-0000-4000-8000-5117a70d0001/ProducerReference';
const OPERATIONS: Record<Operation, string> = {
  initialized: 'Initialized',
  changed: 'Changed',
  deleted: 'Deleted',
};
/** Stands for a value that comes later; a private-use character, which no real value bears. */
const BLANK = '\ue000';

/** One `tt:MetadataStream` with these messages; without any, the empty document that follows PLAY. */
export function metadataDocument(messages: readonly Message[], style: Style = {}): string {
  const p = style.strangePrefixes ? STRANGE : USUAL;
  const root = `xmlns:${p.tt}="${NAMESPACES.tt}"${style.strangePrefixes ? ` ${declarations(p)}` : ''}`;
  const texts = messages.map(message => notification(message, p, style));
  const blocks = style.oneEventBlock && texts.length > 0 ? [texts.join('\n')] : texts;
  const events = blocks.map(block => `<${p.tt}:Event>${block}</${p.tt}:Event>\n`).join('');
  const text = `<${p.tt}:MetadataStream ${root}>\n${events}</${p.tt}:MetadataStream>\n`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${style.newlines ? text.replaceAll('><', '>\n<') : text}`;
}

/** A document of one message whose time and data values are filled in later, in the order of `dataNames`. */
export function prepareDocument(
  message: Omit<Message, 'time' | 'data'>,
  dataNames: readonly string[],
  style: Style = {},
): (time: string, values: readonly string[]) => string {
  const data = dataNames.map((name): Pair => [name, BLANK]);
  const parts = metadataDocument([{ ...message, time: BLANK, data }], style).split(BLANK);
  const head = parts[0] ?? '';
  const rest = parts.slice(1);
  return (time, values) => {
    let text = `${head}${time}${rest[0]}`;
    for (let index = 1; index < rest.length; index++) {
      text += escapeXml(values[index - 1] ?? '') + rest[index];
    }
    return text;
  };
}

/** One message for an answer, with the usual prefixes but for `tt`, which is declared around it. */
export function notificationMessage(message: Message): string {
  return notification(message, USUAL, {});
}

function notification(message: Message, p: Prefixes, style: Style): string {
  const operation = message.operation ? ` PropertyOperation="${OPERATIONS[message.operation]}"` : '';
  return (
    `<${p.wsnt}:NotificationMessage${style.strangePrefixes ? '' : ` ${declarations(p)}`}>` +
    `<${p.wsnt}:Topic Dialect="${DIALECT}">${escapeXml(withPrefixes(message.topic, p))}</${p.wsnt}:Topic>` +
    `<${p.wsnt}:ProducerReference><${p.wsa}:Address>${PRODUCER}</${p.wsa}:Address></${p.wsnt}:ProducerReference>` +
    `<${p.wsnt}:Message><${p.tt}:Message UtcTime="${escapeXml(message.time)}"${operation}>` +
    group('Source', message.source, p) +
    group('Key', message.key, p) +
    group('Data', message.data, p) +
    `</${p.tt}:Message></${p.wsnt}:Message></${p.wsnt}:NotificationMessage>`
  );
}

function group(name: string, pairs: readonly Pair[] | undefined, p: Prefixes): string {
  if (!pairs) return '';
  const items = pairs.map(
    ([key, value]) => `<${p.tt}:SimpleItem Name="${escapeXml(key)}" Value="${escapeXml(value)}"/>`,
  );
  return `<${p.tt}:${name}>${items.join('')}</${p.tt}:${name}>`;
}

function declarations(p: Prefixes): string {
  return INNER.map(name => `xmlns:${p[name]}="${NAMESPACES[name]}"`).join(' ');
}

function withPrefixes(topic: string, p: Prefixes): string {
  return topic.replace(/(^|\/)(tns1|tnsaxis):/g, (_, slash: string, prefix: 'tns1' | 'tnsaxis') => {
    return `${slash}${p[prefix]}:`;
  });
}
