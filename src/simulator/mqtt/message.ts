// An event as the device's own MQTT client publishes it: topic and payload (PROTOCOLS 5.3).
import { jsonMessage } from '../http/json-message.ts';
import type { Message } from '../rtsp/metadata.ts';
import { parseTopicFilter } from '../topic-filter.ts';
import type { MqttState } from './state.ts';

export interface Publication {
  topic: string;
  payload: string;
  qos: 0 | 1 | 2;
  retain: boolean;
}

interface Filter {
  topicFilter: string;
  qos?: 0 | 1 | 2;
  retain?: 'none' | 'property' | 'all';
}

const PAYLOAD_PREFIXES: Readonly<Record<string, string>> = { tns1: 'onvif', tnsaxis: 'axis' };

/** One for each filter that lets it through; that a property is gone is not told. */
export function publicationsOf(message: Message, state: MqttState, serial: string): Publication[] {
  if (message.operation === 'deleted') return [];
  const filters = (state.publication['eventFilterList'] ?? []) as readonly Filter[];
  const wanted = filters.filter(({ topicFilter }) => parseTopicFilter(topicFilter)?.(message.topic));
  return wanted.map(({ qos = 0, retain = 'none' }) => ({
    topic: mqttTopic(message, state),
    payload: payloadOf(message, state, serial),
    qos,
    retain: retain === 'all' || (retain === 'property' && message.operation !== undefined),
  }));
}

function mqttTopic({ topic, source }: Message, { client, publication }: MqttState): string {
  const custom = publication['topicPrefix'] === 'custom';
  const prefix = custom ? publication['customTopicPrefix'] : client['deviceTopicPrefix'];
  if (publication['appendEventTopic'] === false) return `${prefix}/event`;
  const named = publication['includeTopicNamespaces'] !== false;
  const path = topic.split('/').map(segment => {
    const [name = '', space] = segment.split(':').reverse();
    return space !== undefined && named ? `tns:${PAYLOAD_PREFIXES[space] ?? space}/${name}` : name;
  });
  const sources = source.map(([name, text]) => `$source/${levelOf(name)}/${levelOf(text)}`);
  return [prefix, 'event', ...path, ...sources].join('/');
}

/** What a topic may not bear (MQTT 5 §4.7.3). */
function levelOf(text: string): string {
  return text.replace(/[+#\0]/g, '');
}

function payloadOf(message: Message, { publication }: MqttState, serial: string): string {
  const topic = message.topic.replace(/(^|\/)(tns1|tnsaxis):/g, (_, slash: string, prefix: string) => {
    return `${slash}${PAYLOAD_PREFIXES[prefix]}:`;
  });
  const { timestamp, message: said } = jsonMessage(message);
  const named = publication['includeSerialNumberInPayload'] === true ? { serial } : {};
  return JSON.stringify({ topic, timestamp, ...named, message: said });
}
