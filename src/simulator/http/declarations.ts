// The answer to GetEventInstances, built from the catalogue (PROTOCOLS 4).
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
  const root: Node = { children: new Map() };
  for (const topic of topics) leaf(root, topic.topic.split('/')).topic = topic;
  return wrap(
    `<aev:GetEventInstancesResponse><wstop:TopicSet>${children(root)}</wstop:TopicSet></aev:GetEventInstancesResponse>`,
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

function children(node: Node): string {
  return [...node.children].map(([name, child]) => element(name, child)).join('');
}

function element(name: string, node: Node): string {
  const nice = node.topic?.niceName ?? name.replace(/^\w+:/, '');
  const mark = node.topic ? ' wstop:topic="true"' : '';
  const message = node.topic ? messageInstance(node.topic) : '';
  return `<${name}${mark} aev:NiceName="${escapeXml(nice)}">${message}${children(node)}</${name}>\n`;
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
