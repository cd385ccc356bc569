// A login at the embedded broker by who knows its password and does not tell it: MQTT 3.1.1 has but one packet for that, and
// on the port of a bridge that does not run, somebody else may listen.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Secret, secret } from '../util/secret.ts';

const VALID_MS = 60_000;
const MARK = 'proof:';

export interface Proven {
  password: Secret;
  /** It is good for this client identifier alone. */
  clientId: string;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** In place of the password: another text each time, good for a minute. */
export function proofOf({ password, clientId, now }: Proven): Secret {
  return { ...secret(''), reveal: () => MARK + at(now(), { password, clientId }) };
}

/** Whether the text proves that who sent it knows the password. */
export function isProof(text: string, { password, clientId, now }: Proven): boolean {
  const time = Number(text.slice(MARK.length).split(':')[0]);
  if (!text.startsWith(MARK) || !(Math.abs(now() - time) < VALID_MS)) return false;
  const [given, right] = [Buffer.from(text), Buffer.from(MARK + at(time, { password, clientId }))];
  return given.length === right.length && timingSafeEqual(given, right);
}

function at(time: number, { password, clientId }: Pick<Proven, 'password' | 'clientId'>): string {
  const proof = createHmac('sha256', password.reveal()).update(`${time} ${clientId}`);
  return `${time}:${proof.digest('base64url')}`;
}
