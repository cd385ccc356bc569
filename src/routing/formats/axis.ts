// What the device's own MQTT client would have published (PROTOCOLS 5.3): its topic, its payload.
import type { Item, Occurrence } from '../../event.ts';
import { byName, textOf } from '../items.ts';
import { topicLevel } from '../level.ts';

/** As the client's own settings includeTopicNamespaces and includeSerialNumberInPayload. */
export interface AxisOptions {
  namespaces: boolean;
  serialInPayload: boolean;
}

/** The client's names of the namespaces; of others it knows no other name than theirs. */
const NAMESPACES = new Map([
  ['tns1', 'onvif'],
  ['tnsaxis', 'axis'],
]);

/**
 * `tns1:Device/tnsaxis:IO/Port` with port 1 as `tns:onvif/Device/tns:axis/IO/Port/$source/port/1`: a level for each
 * change of namespace, if they are wanted, and the source items in the device's order.
 */
export function axisTopic(topic: string, source: readonly Item[], namespaces = true): string {
  const levels: string[] = [];
  let current = '';
  for (const { space, name } of segmentsOf(topic)) {
    if (namespaces && space !== '' && space !== current) levels.push(`tns:${topicLevel(space)}`);
    if (space !== '') current = space;
    levels.push(topicLevel(name));
  }
  for (const item of source) levels.push('$source', topicLevel(item.name), topicLevel(textOf(item)));
  return levels.join('/');
}

/** The payload: every value the text that the device said. It has no place for a number. */
export function renderAxis({ event, said }: Occurrence, { serialInPayload }: AxisOptions): () => string {
  const topic = segmentsOf(said.topic)
    .map(({ space, name }) => (space === '' ? name : `${space}:${name}`))
    .join('/');
  const ms = said.time === null ? Number.NaN : Date.parse(said.time);
  const timestamp = Number.isNaN(ms) ? '' : `"timestamp":${ms},`;
  const serial = serialInPayload ? `"serial":${JSON.stringify(event.serial)},` : '';
  const [source, key, data] = [said.source, said.key, said.data].map(objectOf);
  const message = `{"source":${source},"key":${key},"data":${data}}`;
  const json = `{"topic":${JSON.stringify(topic)},${timestamp}${serial}"message":${message}}`;
  return () => json;
}

/** Written by hand: an object would put names that are whole numbers first. */
function objectOf(items: readonly Item[]): string {
  const texts = items.map(item => ({ name: item.name, value: textOf(item) }));
  const members = [...byName(texts)].map(([name, values]) => {
    const [first, ...others] = values;
    return `${JSON.stringify(name)}:${JSON.stringify(others.length === 0 ? first : values)}`;
  });
  return `{${members.join()}}`;
}

function segmentsOf(topic: string): { space: string; name: string }[] {
  return topic.split('/').map(segment => {
    const colon = segment.indexOf(':');
    const prefix = segment.slice(0, Math.max(colon, 0));
    return { space: NAMESPACES.get(prefix) ?? prefix, name: segment.slice(colon + 1) };
  });
}
