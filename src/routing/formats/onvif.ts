// ONVIF's JSON for event brokers, `onvif-ej` (Core, "Event Broker"; PROTOCOLS 6): its topic, its payload.
import type { Item, Occurrence, Values } from '../../event.ts';
import { simple, textOf } from '../items.ts';
import { topicLevel } from '../level.ts';

const OWN = 'tns1:';

/**
 * `tns1:RuleEngine/LineDetector/Crossed` with its sources as `RuleEngine/LineDetector/Crossed/&1/2/Fence`: other
 * namespaces than ONVIF's stay, and of the source items come the values, in the device's order.
 */
export function onvifTopic(topic: string, source: readonly Item[]): string {
  const path = topic
    .split('/')
    .map(segment => level(segment.startsWith(OWN) ? segment.slice(OWN.length) : segment));
  const values = simple(source).map(item => level(textOf(item)));
  return path.join('/') + (values.length === 0 ? '' : `/&${values.join('/')}`);
}

/** The payload, with the values as they are typed. The grammar has no place for Key items: they stand where there are some. */
export function renderOnvif({ event }: Occurrence): () => string {
  const { time, source, key, data } = event;
  const json = JSON.stringify({
    UtcTime: time ?? undefined,
    Source: source,
    Key: isEmpty(key) ? undefined : key,
    Data: isEmpty(data) ? undefined : data,
  });
  return () => json;
}

/** The wildcards are dropped, as the grammar says; what else a level may not hold is encoded as everywhere. */
function level(text: string): string {
  return topicLevel(text.replace(/[#+]/g, ''));
}

function isEmpty(values: Values): boolean {
  return Object.keys(values).length === 0;
}
