// GetEventProperties answers to declarations: what every ONVIF device says of its events (Core, "GetEventProperties").
import type { Declarations, TopicDeclaration } from '../event.ts';
import { NS } from './namespaces.ts';
import type { OnvifRequest } from './pullpoint.ts';
import { isTrue, nameAndType, readTopicSet } from './topic-set.ts';
import { attributeOf, child, type XmlElement } from './xml-tree.ts';

export const GET_EVENT_PROPERTIES: OnvifRequest = {
  action: `${NS.tev}/EventPortType/GetEventPropertiesRequest`,
  body: `<tev:GetEventProperties xmlns:tev="${NS.tev}"/>`,
};

/**
 * What the body of an answer declares, by normalized topic.
 * @throws PROTOCOL where it has no topic set, TOO_LARGE.
 */
export function readEventProperties(body: XmlElement): Declarations {
  return readTopicSet(body, { local: 'MessageDescription', uri: NS.tt, declaration });
}

function declaration(topic: string, message: XmlElement | undefined): TopicDeclaration {
  const items = (group: string) => (message && child(message, group))?.children.map(nameAndType) ?? [];
  const property = message !== undefined && isTrue(attributeOf(message, 'IsProperty'));
  const [first, ...others] = items('Data');
  // ONVIF does not say which item is the state; a property that has but one leaves no doubt.
  const isState = property && first !== undefined && others.length === 0;
  const data = isState ? [{ ...first, state: true as const }] : items('Data');
  return { topic, property, source: items('Source'), key: items('Key'), data };
}
