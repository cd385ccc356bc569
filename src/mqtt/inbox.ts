// What comes in over a connection: subscriptions, and messages one at a time, so that a slow reader slows the broker.
import type { IPublishPacket, MqttClient } from 'mqtt';
import type { Clock } from '../util/clock.ts';
import { type BridgeError, fail } from '../util/errors.ts';
import { refusedSubscription } from './reasons.ts';
import type { Connection, Inbound } from './types.ts';

const SUBACK_MS = 10_000;

export interface InboxOptions {
  client: MqttClient;
  /** The server, for errors. */
  name: string;
  clock: Clock;
  /** Ends the connection. */
  finish(error: BridgeError): void;
}

/**
 * The reading half of a connection. mqtt.js chooses the packet identifiers of subscriptions and `outgoing` those of
 * publishes, and neither knows of the other: so a connection does not read while it publishes.
 */
export function createInbox({
  client,
  name,
  clock,
  finish,
}: InboxOptions): Pick<Connection, 'subscribe' | 'unsubscribe' | 'retained' | 'receive'> {
  const answered = async (asked: Promise<unknown>): Promise<void> => {
    const silent = () => finish(fail('STALLED', `${name} does not answer a subscription`));
    const cancel = clock.after(SUBACK_MS, silent);
    await asked.finally(cancel);
  };
  return {
    async subscribe(filter) {
      try {
        await answered(client.subscribeAsync(filter, { qos: 1 }));
      } catch (error) {
        throw translate(error, `${name}, subscription to ${filter}`);
      }
    },
    async retained(topic) {
      let found = '';
      client.handleMessage = (packet, done) => {
        if (packet.topic === topic && packet.retain) found = packet.payload.toString();
        done();
      };
      try {
        await answered(client.subscribeAsync(topic, { qos: 0 }));
        // What is retained comes before the answer to what is asked after it.
        await answered(client.unsubscribeAsync(topic));
      } catch {
        return undefined;
      }
      return found;
    },
    unsubscribe(filter) {
      // Whether it is still under way at the end of the connection nobody needs to know.
      client.unsubscribe(filter, () => undefined);
    },
    receive(take) {
      client.handleMessage = (packet, done) => {
        const held = take(toInbound(packet));
        if (held === undefined) return done();
        // The answer to a ping waits behind what is held: a silence of our own making is not the broker's.
        client.reschedulePing(true);
        void held.then(() => client.connected && done());
      };
    },
  };
}

function toInbound({ topic, payload, qos, retain, properties = {} }: IPublishPacket): Inbound {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  return { topic, payload: bytes, qos, retain, properties };
}

/** A SUBACK's code is the error's; without one the filter was none, or the connection ended first. */
function translate(error: unknown, who: string): BridgeError {
  const text = error instanceof Error ? error.message : String(error);
  const reason = /^Subscribe error/.test(text) ? grantedOf(error) : undefined;
  if (reason !== undefined) return refusedSubscription(reason, who);
  return fail(/^Invalid topic/.test(text) ? 'CONFIG' : 'CLOSED', `${who}: ${text}`);
}

function grantedOf(error: unknown): number {
  const { packet } = error as { packet?: { granted?: unknown[] } };
  return Number(packet?.granted?.[0] ?? 0x80);
}
