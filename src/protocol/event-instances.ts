// GetEventInstances answers to declarations (PROTOCOLS 4).
import type { Declarations, ItemDeclaration, TopicDeclaration } from '../event.ts';
import { fail } from '../util/errors.ts';
import { atOnce, type Steps } from '../util/steps.ts';
import { NS } from './namespaces.ts';
import { readFault, readSoapBodyInSteps } from './soap.ts';
import { isTrue, nameAndType, readTopicSet } from './topic-set.ts';
import { attributeOf, child, type XmlElement } from './xml-tree.ts';

/**
 * What a device declares, by normalized topic.
 * @throws PROTOCOL where the answer is no topic set, REFUSED where it is a fault, TOO_LARGE.
 */
export function decodeEventInstances(document: Buffer | string): Declarations {
  return atOnce(decodeEventInstancesInSteps(document));
}

/** The same, in steps. */
export function* decodeEventInstancesInSteps(document: Buffer | string): Steps<Declarations> {
  const body = yield* readSoapBodyInSteps(document);
  const fault = readFault(body);
  if (fault !== undefined)
    throw fail('REFUSED', `GetEventInstances: ${fault.subcode || fault.code} ${fault.reason}`.trim());
  return readTopicSet(body, { local: 'MessageInstance', uri: NS.axisEvents, declaration });
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
  const isState = isTrue(attributeOf(item, 'isPropertyState'));
  return { ...nameAndType(item), ...(isState ? { state: true } : {}) };
}
