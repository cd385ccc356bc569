// mqtt/event.cgi: which events the device's own MQTT client publishes, and under which topics (PROTOCOLS 5.2).
import type { VapixClient } from './client.ts';
import { callJson, decodeJson, type Fields, fieldsOf, textOf } from './json.ts';

/** One filter of the list, with all that the device says of it. */
export interface PublicationFilter extends Fields {
  /** ONVIF ConcreteSet with the prefixes `onvif:` and `axis:`. */
  readonly topicFilter: string;
}

export interface Publication {
  /** '' where events stand below the device's own prefix. */
  customPrefix: string;
  filters: readonly PublicationFilter[];
  /** The configuration as the device gave it. */
  config: Fields;
}

interface CallOptions {
  signal?: AbortSignal;
}

const PATH = '/axis-cgi/mqtt/event.cgi';

/** Asks for the list. Rejects with the errors of the client; NOT_FOUND on old devices. */
export async function fetchPublication(client: VapixClient, options: CallOptions = {}): Promise<Publication> {
  const method = 'getEventPublicationConfig';
  return decodePublication(await callJson(client, { path: PATH, method, ...options }));
}

/** Reads the answer; entries without a filter are passed over. */
export function decodePublication(text: string): Publication {
  const config = fieldsOf(decodeJson(text, PATH)['eventPublicationConfig']);
  const list = config['eventFilterList'];
  const entries = Array.isArray(list) ? list.map(fieldsOf) : [];
  return {
    customPrefix: config['topicPrefix'] === 'custom' ? textOf(config['customTopicPrefix']) : '',
    filters: entries.filter(isFilter),
    config,
  };
}

function isFilter(entry: Fields): entry is PublicationFilter {
  return typeof entry['topicFilter'] === 'string' && entry['topicFilter'] !== '';
}

/** Replaces the whole configuration with its list: what is not in it is published no more. */
export async function configurePublication(
  client: VapixClient,
  config: Fields,
  options: CallOptions = {},
): Promise<void> {
  const call = { path: PATH, method: 'configureEventPublication', params: config, ...options };
  decodeJson(await callJson(client, call), PATH);
}
