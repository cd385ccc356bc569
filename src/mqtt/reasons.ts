// The broker's reason codes (MQTT 5 §2.4, MQTT 3.1.1 §3.2.2.3) as tables: what each says, and what follows.
import { type ErrorCode, fail } from '../util/errors.ts';
import type { ConnectionError, Fate, PublishResult } from './types.ts';

/** `code` of the table of errors where it ends a connection, `fate` of the message where it refuses one. */
interface Reason {
  text: string;
  code: ErrorCode;
  fate: Fate;
}

const NO_MORE_ROOM = { code: 'REFUSED', fate: 'later' } as const;
const WRONG_LOGIN = { code: 'BROKER_AUTH', fate: 'never' } as const;
const NOT_HERE = { code: 'BROKER_REFUSED', fate: 'later' } as const;
const BAD_MESSAGE = { code: 'REFUSED', fate: 'never' } as const;
const UNCLEAR = { code: 'REFUSED', fate: 'suspect' } as const;
const GOOD_ORDER = { text: 'in good order', code: 'CLOSED', fate: 'suspect' } as const;

export const RETAIN_NOT_SUPPORTED = 0x9a;
export const QOS_NOT_SUPPORTED = 0x9b;
export const TAKEN_OVER = 0x8e;
export const PACKET_TOO_LARGE = 0x95;
const NO_SUBSCRIBER = 0x10;
const UNACCEPTABLE_VERSION = [1, 0x84];

/** The codes under 0x80 are those of a 3.1.1 CONNACK. */
const REASONS: Readonly<Record<number, Reason>> = {
  1: { text: 'unacceptable protocol version', ...NOT_HERE },
  2: { text: 'client ID rejected', ...WRONG_LOGIN },
  3: { text: 'server unavailable', ...NO_MORE_ROOM },
  4: { text: 'bad user name or password', ...WRONG_LOGIN },
  5: { text: 'not authorized', ...WRONG_LOGIN },
  128: { text: 'unspecified error', ...UNCLEAR },
  129: { text: 'malformed packet', ...UNCLEAR },
  130: { text: 'protocol error', ...UNCLEAR },
  131: { text: 'implementation specific error', ...UNCLEAR },
  132: { text: 'unsupported protocol version', ...NOT_HERE },
  133: { text: 'client ID not valid', ...WRONG_LOGIN },
  134: { text: 'bad user name or password', ...WRONG_LOGIN },
  135: { text: 'not authorized', ...WRONG_LOGIN },
  136: { text: 'server unavailable', ...NO_MORE_ROOM },
  137: { text: 'server busy', ...NO_MORE_ROOM },
  138: { text: 'banned', ...NOT_HERE },
  139: { text: 'server shutting down', ...NO_MORE_ROOM },
  140: { text: 'bad authentication method', ...WRONG_LOGIN },
  141: { text: 'keep alive timeout', ...NO_MORE_ROOM },
  142: { text: 'another client took over: give each bridge its own `clientId`', ...NOT_HERE },
  143: { text: 'topic filter invalid', ...NOT_HERE },
  144: { text: 'topic name invalid', ...BAD_MESSAGE },
  145: { text: 'packet identifier in use', ...NO_MORE_ROOM },
  147: { text: 'receive maximum exceeded', ...NO_MORE_ROOM },
  148: { text: 'topic alias invalid', ...UNCLEAR },
  149: { text: 'packet too large', ...BAD_MESSAGE },
  150: { text: 'message rate too high', ...NO_MORE_ROOM },
  151: { text: 'quota exceeded', ...NO_MORE_ROOM },
  152: { text: 'administrative action', ...NO_MORE_ROOM },
  153: { text: 'payload format invalid', ...BAD_MESSAGE },
  154: { text: 'retain not supported', ...UNCLEAR },
  155: { text: 'QoS not supported', ...UNCLEAR },
  156: { text: 'use another server', ...NOT_HERE },
  157: { text: 'server moved', ...NOT_HERE },
  158: { text: 'shared subscriptions not supported', ...NOT_HERE },
  159: { text: 'connection rate exceeded', ...NO_MORE_ROOM },
  160: { text: 'maximum connect time', ...NO_MORE_ROOM },
  161: { text: 'subscription identifiers not supported', ...NOT_HERE },
  162: { text: 'wildcards in subscriptions not supported', ...NOT_HERE },
};

/** The error for a refusing CONNACK. */
export function refusedConnection(reason: number, who: string): ConnectionError {
  const { text, code } = lookUp(reason);
  return Object.assign(fail(code, `${who} refused the connection: ${text}`), { reason });
}

/** The error for the broker's DISCONNECT; `suspect` where a message may be its cause. */
export function disconnected(reason: number, who: string): ConnectionError {
  // A DISCONNECT has none of the CONNACK's codes of 3.1.1; under 0x80 it is an end in good order (MQTT 5 §3.14.2.1).
  const { text, code, fate } = reason < 0x80 ? GOOD_ORDER : lookUp(reason);
  return Object.assign(fail(code, `${who} ended the connection: ${text}`), {
    reason,
    suspect: fate !== 'later',
  });
}

/** The error for a SUBACK that grants nothing. */
export function refusedSubscription(reason: number, who: string): ConnectionError {
  const { text, code } = lookUp(reason);
  // MQTT 3.1.1 has one code for all that it does not grant.
  return Object.assign(fail(code === 'BROKER_AUTH' ? code : 'BROKER_REFUSED', `${who} refused: ${text}`), {
    reason,
  });
}

const OK: PublishResult = { outcome: 'ok' };
const UNHEARD: PublishResult = { outcome: 'ok', unheard: true };

/** How a publish ended whose acknowledgement bears this code. */
export function acknowledged(reason: number): PublishResult {
  if (reason < 0x80) return reason === NO_SUBSCRIBER ? UNHEARD : OK;
  const { text, fate } = lookUp(reason);
  return { outcome: 'refused', fate, reason: text };
}

/** Whether the broker does not speak the version that it was asked in. */
export function isVersionRefusal(reason: number | undefined): boolean {
  return reason !== undefined && UNACCEPTABLE_VERSION.includes(reason);
}

function lookUp(reason: number): Reason {
  return REASONS[reason] ?? { text: `reason 0x${reason.toString(16)}`, ...UNCLEAR };
}
