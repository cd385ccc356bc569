// mqtt/client.cgi and mqtt/event.cgi of a simulated device (PROTOCOLS 5.1, 5.2).
import type { Core } from '../core.ts';
import type { JsonApi } from '../http/json-api.ts';
import { parseTopicFilter } from '../topic-filter.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The client's configuration and state. */
export function mqttClient({ mqtt, settings }: Core): JsonApi {
  const turn = (active: boolean) => () => {
    mqtt.active = active;
    mqtt.changed();
    return {};
  };
  return {
    version: '1.6',
    methods: {
      getClientStatus: () => ({
        status: {
          state: mqtt.active ? 'active' : 'inactive',
          connectionStatus: mqtt.connected ? 'connected' : (settings.mqtt.notConnected ?? 'disconnected'),
        },
        config: mqtt.client,
      }),
      configureClient({ password, keepExistingPassword, ...config }) {
        if (!isServer(config['server'])) return undefined;
        mqtt.client = { ...mqtt.client, ...config };
        if (keepExistingPassword !== true)
          mqtt.password = typeof password === 'string' ? password : undefined;
        mqtt.changed();
        return {};
      },
      activateClient: turn(true),
      deactivateClient: turn(false),
      getSupportedVersions: () => ({ apiVersions: ['1.6'] }),
    },
  };
}

/** Which events it publishes: a list that each call replaces. */
export function mqttEvents({ mqtt }: Core): JsonApi {
  return {
    version: '1.1',
    methods: {
      getEventPublicationConfig: () => ({ eventPublicationConfig: mqtt.publication }),
      configureEventPublication(config) {
        const { eventFilterList } = config;
        if (!Array.isArray(eventFilterList) || !eventFilterList.every(isFilter)) return undefined;
        const filters = eventFilterList.map(filter => ({ qos: 0, retain: 'none', ...filter }));
        mqtt.publication = { ...mqtt.publication, ...config, eventFilterList: filters };
        mqtt.changed();
        return {};
      },
      getSupportedVersions: () => ({ apiVersions: ['1.1'] }),
    },
  };
}

function isServer(value: unknown): boolean {
  const { host, protocol = 'tcp' } = (value ?? {}) as Fields;
  return typeof host === 'string' && ['tcp', 'ssl', 'ws', 'wss'].includes(String(protocol));
}

function isFilter(value: unknown): boolean {
  const { topicFilter, qos = 0, retain = 'none' } = (value ?? {}) as Fields;
  if (typeof topicFilter !== 'string' || parseTopicFilter(topicFilter) === undefined) return false;
  return [0, 1, 2].includes(Number(qos)) && ['none', 'property', 'all'].includes(String(retain));
}
