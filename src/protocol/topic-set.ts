// A WS-Topics topic set to declarations: its elements are the levels of the topics, and some of them are topics.
import type { Declarations, ItemDeclaration, TopicDeclaration } from '../event.ts';
import { fail } from '../util/errors.ts';
import { withoutRepeatedPrefixes } from '../util/topic.ts';
import { NS, resolvePrefix, type Scope, splitName } from './namespaces.ts';
import { TOPIC_MAX, topicPrefix } from './topic.ts';
import { attributeOf, child, type XmlElement } from './xml-tree.ts';

/** Topics of one device: real ones have a few hundred. */
const TOPICS_MAX = 10_000;

/** How the messages of a topic are described. */
export interface MessageForm {
  /** The element within the topic's. */
  local: string;
  uri: string;
  /** `message` is undefined where the topic describes none. */
  declaration(topic: string, message: XmlElement | undefined): TopicDeclaration;
}

/**
 * What the topic set in an answer declares, by normalized topic.
 * @throws PROTOCOL where there is none, TOO_LARGE.
 */
export function readTopicSet(body: XmlElement, form: MessageForm): Declarations {
  const topicSet = child(body, 'TopicSet', NS.wstop);
  if (topicSet === undefined) throw fail('PROTOCOL', `the answer ${body.local} has no topic set`);
  const declarations = new Map<string, TopicDeclaration>();
  const add = (element: XmlElement, path: string): void => {
    const topic = withoutRepeatedPrefixes(path + topicName(element));
    if (topic.length > TOPIC_MAX || declarations.size >= TOPICS_MAX)
      throw fail('TOO_LARGE', `the answer ${body.local} has topics without end`);
    if (isTrue(attributeOf(element, 'topic')))
      declarations.set(topic, form.declaration(topic, child(element, form.local, form.uri)));
    for (const inner of element.children)
      if (inner.local !== form.local || inner.uri !== form.uri) add(inner, `${topic}/`);
  };
  for (const root of topicSet.children) add(root, '');
  return declarations;
}

/** An element without prefix is written bare, whatever default namespace it stands in. */
function topicName({ prefix, local, uri }: XmlElement): string {
  if (prefix === '') return local;
  return (topicPrefix(prefix, uri || undefined) ?? `${prefix}:`) + local;
}

/** Of an item that describes others: its name and type, types of XML Schema with the prefix `xsd:`, others as written. */
export function nameAndType(item: XmlElement): ItemDeclaration {
  const type = attributeOf(item, 'Type')?.trim() || 'xsd:string';
  return { name: attributeOf(item, 'Name') ?? '', type: typeName(type, item.scope) };
}

function typeName(type: string, scope: Scope | undefined): string {
  const { prefix, local } = splitName(type);
  if (resolvePrefix(scope, prefix) !== NS.xsd) return type;
  // Which XML Schema does not have, and devices declare.
  return `xsd:${local === 'bool' ? 'boolean' : local}`;
}

export function isTrue(value: string | undefined): boolean {
  return /^\s*(true|1)\s*$/i.test(value ?? '');
}
