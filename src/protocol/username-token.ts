// The login inside a SOAP header (WS-Security UsernameToken Profile 1.0 §3.1), with the digest of the password only.
import { createHash, randomBytes } from 'node:crypto';
import type { Secret } from '../util/secret.ts';
import { escapeXml } from './xml-escape.ts';
import { formatDateTime } from './xs-time.ts';

const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
const NAMESPACES = `xmlns:wsse="${WSS}-wssecurity-secext-1.0.xsd" xmlns:wsu="${WSS}-wssecurity-utility-1.0.xsd"`;
const DIGEST = `${WSS}-username-token-profile-1.0#PasswordDigest`;
const BASE64 = `${WSS}-soap-message-security-1.0#Base64Binary`;

export interface UsernameTokenOptions {
  username: string;
  password: Secret;
  /** The device's time, in milliseconds since the epoch: it refuses tokens that look old (PROTOCOLS 3.4). */
  now: number;
  /** Given by tests. */
  nonce?: Buffer;
}

/** The Security header of one request; each bears a nonce of its own. */
export function usernameToken(options: UsernameTokenOptions): string {
  const { username, password, now, nonce = randomBytes(16) } = options;
  const created = formatDateTime(now);
  const digest = createHash('sha1').update(nonce).update(created).update(password.reveal()).digest('base64');
  return (
    `<wsse:Security ${NAMESPACES}><wsse:UsernameToken>` +
    `<wsse:Username>${escapeXml(username)}</wsse:Username>` +
    `<wsse:Password Type="${DIGEST}">${digest}</wsse:Password>` +
    `<wsse:Nonce EncodingType="${BASE64}">${nonce.toString('base64')}</wsse:Nonce>` +
    `<wsu:Created>${created}</wsu:Created></wsse:UsernameToken></wsse:Security>`
  );
}
