// An entry of the queue as this broker takes it: its QoS, retained or not, and what is left of its time.
import type { Entry } from '../outbox/types.ts';
import type { Connection, Message } from './types.ts';

const MAX_EXPIRY = 0xffff_ffff;

/** What a broker does not offer; each is worth saying once. */
export type Shortfall = 'qos' | 'retain' | 'subscriber';

/**
 * Returns the message to send, undefined where there is nothing to send: without retained messages none needs clearing.
 * An event's own zero-byte message, which has its id, says that a property is gone and is sent all the same.
 * `now` by the queue's time (ms); `tell` hears of each message that is sent with less than it asked for.
 */
export function adapt(
  entry: Entry,
  { limits, version }: Pick<Connection, 'limits' | 'version'>,
  { now, tell }: { now: number; tell(what: Shortfall): void },
): Message | undefined {
  const { topic, payload, expires, id, seq, device, correlation } = entry;
  const lowered = entry.qos > limits.maximumQoS;
  const qos = lowered ? limits.maximumQoS : entry.qos;
  const retain = entry.retain && limits.retainAvailable;
  if (lowered) tell('qos');
  if (entry.demand?.subscriber && (version === 4 || qos === 0)) tell('subscriber');
  if (retain !== entry.retain) {
    tell('retain');
    if (payload === '' && id === '') return undefined;
  }
  // A state stays true for as long as nothing else is said, so a retained message never expires.
  const expiry = expires > 0 && !entry.retain ? Math.min(Math.ceil((expires - now) / 1000), MAX_EXPIRY) : 0;
  const message = { topic, payload, qos, retain, expiry, id, seq, device };
  return correlation === undefined ? message : { ...message, correlation };
}
