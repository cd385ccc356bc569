// The answers to GetEventInstances and GetEventProperties, built from the catalogue (PROTOCOLS 4).
import type { ItemDeclaration } from '../../event.ts';
import type { Topic } from '../catalogue.ts';
import { toPairs, type Values } from '../items.ts';
import { escapeXml } from '../xml.ts';

interface Node {
  children: Map<string, Node>;
  topic?: Topic;
}

const USED: Record<string, string> = {
  'SOAP-ENV': 'http://www.w3.org/2003/05/soap-envelope',
  xsd: 'http://www.w3.org/2001/XMLSchema',
  xsi: 'http://www.w3.org/2001/XMLSchema-instance',
  wstop: 'http://docs.oasis-open.org/wsn/t-1',
  tt: 'http://www.onvif.org/ver10/schema',
  aev: 'http://www.axis.com/vapix/ws/event1',
  tns1: 'http://www.onvif.org/ver10/topics',
  tnsaxis: 'http://www.axis.com/2009/event/topics',
};
/** Devices declare about 60 prefixes on the root; those that matter stand at its end. */
const IDLE = Array.from(
  { length: 50 },
  (_, index) => `xmlns:a${index}="http://www.axis.com/vapix/ws/idle${index}"`,
);

const cache = new WeakMap<readonly Topic[], string>();

/** The SOAP envelope; kept for each catalogue, since a thousand devices share one. */
export function eventInstances(topics: readonly Topic[]): string {
  const text = cache.get(topics) ?? envelope(topics);
  cache.set(topics, text);
  return text;
}

/** The SOAP fault of a request that is not GetEventInstances. */
export function soapFault(reason: string): string {
  return wrap(
    '<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value></SOAP-ENV:Code>' +
      `<SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="en">${escapeXml(reason)}</SOAP-ENV:Text></SOAP-ENV:Reason></SOAP-ENV:Fault>`,
  );
}

function envelope(topics: readonly Topic[]): string {
  const set = topicSet(topics, messageInstance);
  return wrap(`<aev:GetEventInstancesResponse>${set}</aev:GetEventInstancesResponse>`);
}

/** The topic set of GetEventProperties, which declares its own prefixes; kept as well. */
export function eventProperties(topics: readonly Topic[]): string {
  const text = properties.get(topics) ?? topicSet(topics, messageDescription);
  properties.set(topics, text);
  return text;
}

const properties = new WeakMap<readonly Topic[], string>();

function topicSet(topics: readonly Topic[], message: (topic: Topic) => string): string {
  const root: Node = { children: new Map() };
  for (const topic of topics) leaf(root, topic.topic.split('/')).topic = topic;
  const prefixes = ['xsd', 'wstop', 'tt', 'aev', 'tns1', 'tnsaxis'].map(
    prefix => `xmlns:${prefix}="${USED[prefix]}"`,
  );
  return `<wstop:TopicSet ${prefixes.join(' ')}>${children(root, message)}</wstop:TopicSet>`;
}

function messageDescription(topic: Topic): string {
  const group = (name: string, items: readonly ItemDeclaration[]) => {
    const texts = items.map(
      item => `<tt:SimpleItemDescription Name="${escapeXml(item.name)}" Type="${item.type}"/>`,
    );
    return items.length === 0 ? '' : `<tt:${name}>${texts.join('')}</tt:${name}>`;
  };
  return (
    `<tt:MessageDescription IsProperty="${topic.property}">` +
    `${group('Source', topic.source)}${group('Key', topic.key)}${group('Data', topic.data)}</tt:MessageDescription>`
  );
}

function wrap(body: string): string {
  const used = Object.entries(USED).map(([prefix, uri]) => `xmlns:${prefix}="${uri}"`);
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope ${[...IDLE, ...used].join(' ')}>` +
    `<SOAP-ENV:Body>${body}</SOAP-ENV:Body></SOAP-ENV:Envelope>\n`
  );
}

function leaf(root: Node, names: readonly string[]): Node {
  let node = root;
  for (const name of names) {
    const child: Node = node.children.get(name) ?? { children: new Map() };
    node.children.set(name, child);
    node = child;
  }
  return node;
}

function children(node: Node, message: (topic: Topic) => string): string {
  return [...node.children].map(([name, child]) => element(name, child, message)).join('');
}

function element(name: string, node: Node, message: (topic: Topic) => string): string {
  const nice = node.topic?.niceName ?? name.replace(/^\w+:/, '');
  const mark = node.topic ? ' wstop:topic="true"' : '';
  const described = node.topic ? message(node.topic) : '';
  return `<${name}${mark} aev:NiceName="${escapeXml(nice)}">${described}${children(node, message)}</${name}>\n`;
}

function messageInstance(topic: Topic): string {
  const property = topic.property ? ' aev:isProperty="true"' : '';
  const sources = topic.initial.map(({ source }) => source);
  return (
    `<aev:MessageInstance${property}>` +
    group('SourceInstance', topic.source, sources) +
    group('KeyInstance', topic.key, []) +
    group('DataInstance', topic.data, []) +
    '</aev:MessageInstance>'
  );
}

function group(name: string, items: readonly ItemDeclaration[], known: readonly Values[]): string {
  if (items.length === 0) return '';
  return `<aev:${name}>${items.map(item => simpleItem(item, known)).join('')}</aev:${name}>`;
}

function simpleItem({ name, type, state }: ItemDeclaration, known: readonly Values[]): string {
  const texts = known.flatMap(values => toPairs(values)).filter(([key]) => key === name);
  const values = [...new Set(texts.map(([, text]) => text))];
  const mark = state ? ' isPropertyState="true"' : '';
  const head = `<aev:SimpleItemInstance${mark} aev:NiceName="${escapeXml(name)}" Type="${type}" Name="${escapeXml(name)}"`;
  if (values.length === 0) return `${head}/>`;
  const list = values.map(value => `<aev:Value>${escapeXml(value)}</aev:Value>`).join('');
  return `${head}>${list}</aev:SimpleItemInstance>`;
}
