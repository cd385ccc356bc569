// The device's own MQTT client as it is configured (PROTOCOLS 5.1, 5.2): what its two APIs read and write.

type Fields = Readonly<Record<string, unknown>>;

export interface MqttOptions {
  /** Keys of the client's configuration that are other than at the factory, such as `server`. */
  client?: Fields;
  /** The same for the publication of events. */
  publication?: Fields;
  /** Whether it connects from the start. Default false. */
  active?: boolean;
  /** Whether it publishes its states when it connects. Default true. */
  replay?: boolean;
  /** How it says that it is not connected. Default `disconnected`. */
  notConnected?: string;
}

export interface MqttState {
  client: Fields;
  publication: Fields;
  /** Never given out. */
  password: string | undefined;
  active: boolean;
  connected: boolean;
  /** Called when any of it was changed through the APIs. */
  changed(): void;
}

/** As at the factory, but for the options. */
export function createMqttState(serial: string, options: MqttOptions): MqttState {
  return {
    client: {
      server: { protocol: 'tcp', host: '', port: 1883, basepath: '' },
      username: '',
      clientId: serial,
      keepAliveInterval: 60,
      connectTimeout: 60,
      cleanSession: true,
      autoReconnect: true,
      activateOnReboot: false,
      deviceTopicPrefix: `axis/${serial}`,
      lastWillTestament: { useDefault: true },
      connectMessage: { useDefault: true },
      disconnectMessage: { useDefault: true },
      ssl: { validateServerCert: true },
      ...options.client,
    },
    publication: {
      topicPrefix: 'default',
      customTopicPrefix: '',
      appendEventTopic: true,
      includeTopicNamespaces: true,
      includeSerialNumberInPayload: false,
      eventFilterList: [],
      ...options.publication,
    },
    password: undefined,
    active: options.active ?? false,
    connected: false,
    changed() {},
  };
}
