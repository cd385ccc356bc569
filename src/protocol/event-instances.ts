// GetEventInstances answers to declarations (PROTOCOLS 4).
import type { Declarations, ItemDeclaration, TopicDeclaration } from '../event.ts';
import { fail } from '../util/errors.ts';
import { withoutRepeatedPrefixes } from '../util/topic.ts';
import { NS, resolvePrefix, type Scope, splitName } from './namespaces.ts';
import { readFault, readSoapBody } from './soap.ts';
import { TOPIC_MAX, topicPrefix } from './topic.ts';
import { attributeOf, child, type XmlElement } from './xml-tree.ts';

/** Topics of one device: real ones have a few hundred. */
const TOPICS_MAX = 10_000;

/**
 * What a device declares, by normalized topic.
 * @throws PROTOCOL where the answer is no topic set, REFUSED where it is a fault, TOO_LARGE.
 */
export function decodeEventInstances(document: Buffer | string): Declarations {
  const body = readSoapBody(document);
  const fault = readFault(body);
  if (fault !== undefined)
    throw fail('REFUSED', `GetEventInstances: ${fault.subcode || fault.code} ${fault.reason}`.trim());
  const topicSet = child(body, 'TopicSet', NS.wstop);
  if (topicSet === undefined) throw fail('PROTOCOL', 'the answer to GetEventInstances has no topic set');
  const declarations = new Map<string, TopicDeclaration>();
  for (const root of topicSet.children) addTopics(root, '', declarations);
  return declarations;
}

function addTopics(element: XmlElement, path: string, declarations: Map<string, TopicDeclaration>): void {
  const topic = withoutRepeatedPrefixes(path + topicName(element));
  if (topic.length > TOPIC_MAX || declarations.size >= TOPICS_MAX)
    throw fail('TOO_LARGE', 'the answer to GetEventInstances has topics without end');
  if (isTrue(attributeOf(element, 'topic'))) {
    declarations.set(topic, declaration(topic, child(element, 'MessageInstance', NS.axisEvents)));
  }
  for (const inner of element.children) {
    if (!isMessage(inner)) addTopics(inner, `${topic}/`, declarations);
  }
}

/** An element without prefix is written bare, whatever default namespace it stands in. */
function topicName({ prefix, local, uri }: XmlElement): string {
  if (prefix === '') return local;
  return (topicPrefix(prefix, uri || undefined) ?? `${prefix}:`) + local;
}

function isMessage({ local, uri }: XmlElement): boolean {
  return local === 'MessageInstance' && uri === NS.axisEvents;
}

function declaration(topic: string, message: XmlElement | undefined): TopicDeclaration {
  const items = (group: string) => (message && child(message, group))?.children.map(itemDeclaration) ?? [];
  return {
    topic,
    property: message !== undefined && isTrue(attributeOf(message, 'isProperty')),
    source: items('SourceInstance'),
    key: items('KeyInstance'),
    data: items('DataInstance'),
  };
}

function itemDeclaration(item: XmlElement): ItemDeclaration {
  return {
    name: attributeOf(item, 'Name') ?? '',
    type: typeName(attributeOf(item, 'Type')?.trim() || 'xsd:string', item.scope),
    ...(isTrue(attributeOf(item, 'isPropertyState')) ? { state: true } : {}),
  };
}

/** Types of XML Schema with the prefix `xsd:`, whatever the device's is; other types as they are written. */
function typeName(type: string, scope: Scope | undefined): string {
  const { prefix, local } = splitName(type);
  if (resolvePrefix(scope, prefix) !== NS.xsd) return type;
  // Which XML Schema does not have, and devices declare.
  return `xsd:${local === 'bool' ? 'boolean' : local}`;
}

function isTrue(value: string | undefined): boolean {
  return /^\s*(true|1)\s*$/i.test(value ?? '');
}
