// An independent MQTT client that keeps what it receives, for asserting what a subscriber sees.
import type { TestContext } from 'node:test';
import { connectAsync, type IPublishPacket } from 'mqtt';

export interface Received {
  topic: string;
  payload: string;
  qos: number;
  retain: boolean;
  properties: IPublishPacket['properties'];
}

export interface Subscriber {
  received: Received[];
  /** The messages of one topic, in order. */
  on(topic: string): Received[];
  /** Their payloads. */
  payloads(topic: string): string[];
  /** Resolves when `test` holds, which is tried at each message; rejects after `ms`. */
  until(test: (received: Received[]) => boolean, ms?: number): Promise<void>;
}

export interface SubscriberOptions {
  filter?: string;
  qos?: 0 | 1 | 2;
  protocolVersion?: 4 | 5;
  username?: string;
  password?: string;
}

/** Subscribes, by default to everything at QoS 2 with MQTT 5; reconnects by itself and ends with the test. */
export async function subscribe(
  t: TestContext,
  url: string,
  options: SubscriberOptions = {},
): Promise<Subscriber> {
  const { filter = '#', qos = 2, protocolVersion = 5, ...login } = options;
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const client = await connectAsync(url, {
    protocolVersion,
    clean: false,
    clientId: `subscriber-${Math.random().toString(36).slice(2)}`,
    reconnectPeriod: 50,
    ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: 600 } } : {}),
    ...login,
  });
  t.after(() => client.endAsync(true));
  client.on('message', (topic, payload, packet) => {
    const { qos, retain, properties } = packet;
    received.push({ topic, payload: payload.toString(), qos, retain, properties });
    for (const check of [...waiting]) check();
  });
  await client.subscribeAsync(filter, { qos });
  const on = (topic: string) => received.filter(message => message.topic === topic);
  return {
    received,
    on,
    payloads: topic => on(topic).map(({ payload }) => payload),
    until(test, ms = 60_000) {
      if (test(received)) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const check = () => {
          if (!test(received)) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve();
        };
        const timer = setTimeout(() => reject(new Error(`not seen in ${received.length} messages`)), ms);
        waiting.add(check);
      });
    },
  };
}
