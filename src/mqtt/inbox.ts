// What comes in over a connection: subscriptions, and messages one at a time, so that a slow reader slows the broker.
import type { IPublishPacket, MqttClient } from 'mqtt';
import type { Clock } from '../util/clock.ts';
import { type BridgeError, fail, wordsOf } from '../util/errors.ts';
import { FairShare } from '../util/fair-share.ts';
import { type Moment, momentOf } from '../util/moment.ts';
import { refusedSubscription } from './reasons.ts';
import type { Connection, Inbound } from './types.ts';

const SUBACK_MS = 10_000;
/** All that is published waits for it. */
const RETAINED_MS = 5_000;

export interface InboxOptions {
  client: MqttClient;
  /** The server, for errors. */
  name: string;
  clock: Clock;
  /** Ends the connection. */
  finish(error: BridgeError): void;
  ended: Promise<unknown>;
  /** A message came that nobody asked for. */
  onUnasked(): void;
}

type Handle = (packet: IPublishPacket, done: () => void) => void;

export interface Inbox extends Pick<Connection, 'subscribe' | 'unsubscribe' | 'retained' | 'receive'> {
  /** Whether the broker has to answer for a subscription. */
  isWaiting(): boolean;
}

/**
 * The reading half of a connection. mqtt.js chooses the packet identifiers of subscriptions and `outgoing` those of
 * publishes, and neither knows of the other: so a connection does not read while it publishes.
 */
export function createInbox({ client, name, clock, finish, ended, onUnasked }: InboxOptions): Inbox {
  let waiting = 0;
  const answered = async (asked: Promise<unknown>, ms = SUBACK_MS): Promise<void> => {
    const silent = () => finish(fail('STALLED', `${name} does not answer a subscription`));
    const cancel = clock.after(ms, silent);
    waiting += 1;
    await asked.finally(() => {
      waiting -= 1;
      cancel();
    });
  };
  let onFlood = () => {};
  const share = new FairShare({
    clock,
    onFlood: () => onFlood(),
    onTooMuch: () => finish(fail('FLOOD', `${name} sends more messages than there is time for`)),
  });
  let cancelRest = () => {};
  void ended.then(() => cancelRest());
  let handle: Handle = (_packet, done) => {
    onUnasked();
    done();
  };
  client.handleMessage = (packet, done) => {
    share.begin();
    const ms = share.rest(packet.payload.length);
    if (ms === 0) return handle(packet, done);
    // The answer to a ping waits as well: a silence of our own making is not the broker's.
    client.reschedulePing(true);
    cancelRest = clock.after(ms, () => handle(packet, done));
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
      const before = handle;
      handle = (packet, done) => {
        if (packet.topic === topic && packet.retain) found = packet.payload.toString();
        done();
      };
      try {
        await answered(client.subscribeAsync(topic, { qos: 0 }), RETAINED_MS);
        // What is retained comes before the answer to what is asked after it.
        await answered(client.unsubscribeAsync(topic), RETAINED_MS);
        return found;
      } catch {
        return undefined;
      } finally {
        handle = before;
      }
    },
    unsubscribe(filter) {
      // Whether it is still under way at the end of the connection nobody needs to know.
      waiting += 1;
      client.unsubscribe(filter, () => {
        waiting -= 1;
      });
    },
    isWaiting: () => waiting > 0,
    receive(take, { flooded = () => undefined, answered: onAnswer }) {
      if (onAnswer !== undefined) watchPings(client, clock, onAnswer);
      onFlood = flooded;
      handle = (packet, done) => {
        const held = take(toInbound(packet));
        if (held === undefined) return done();
        client.reschedulePing(true);
        void held.then(() => client.connected && done());
      };
    },
  };
}

function watchPings(client: MqttClient, clock: Clock, answered: (asked: Moment) => void): void {
  let asked: Moment | undefined;
  client.on('packetsend', ({ cmd }) => {
    if (cmd === 'pingreq') asked ??= momentOf(clock);
  });
  client.on('packetreceive', ({ cmd }) => {
    if (cmd !== 'pingresp' || asked === undefined) return;
    answered(asked);
    asked = undefined;
  });
}

function toInbound({ topic, payload, qos, retain, properties = {} }: IPublishPacket): Inbound {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  return { topic, payload: bytes, qos, retain, properties };
}

/** A SUBACK's code is the error's; without one the filter was none, or the connection ended first. */
function translate(error: unknown, who: string): BridgeError {
  const text = wordsOf(error);
  const reason = /^Subscribe error/.test(text) ? grantedOf(error) : undefined;
  if (reason !== undefined) return refusedSubscription(reason, who);
  return fail(/^Invalid topic/.test(text) ? 'CONFIG' : 'CLOSED', `${who}: ${text}`);
}

function grantedOf(error: unknown): number {
  const { packet } = error as { packet?: { granted?: unknown[] } };
  return Number(packet?.granted?.[0] ?? 0x80);
}
