// One MQTT broker.
import * as z from 'zod';
import { parseBrokerUrl } from '../address.ts';
import { duration, fingerprint, flag, header, key, named, oneOf, oneOrMore, size, text } from './values.ts';

const url = text().transform((value, context) => {
  const result = parseBrokerUrl(value);
  if ('url' in result) return result.url;
  context.issues.push({ code: 'custom', message: result.complaint, input: value });
  return z.NEVER;
});

const tls = z.strictObject({
  ca: key(
    text(),
    'PEM file of the authorities to accept, relative to this file. Default: those of the system.',
  ),
  cert: key(text(), 'PEM file of the bridge’s own certificate, where the broker wants one.'),
  key: key(text(), 'PEM file of its private key, without a passphrase.'),
  fingerprint: key(fingerprint(), 'SHA-256 of the one certificate to accept.'),
  insecure: key(flag(), 'Accept any certificate: encrypted, but anybody may be at the other end.', false),
  alpn: key(
    oneOrMore(text(alpnComplaint), 8),
    'Protocol to ask for where a port serves several, such as mqtt.',
  ),
});

const queue = z.strictObject({
  maxBytes: key(
    size(64 * 1024),
    'Disk that waiting events may take, of all brokers at most half of it; past it the oldest go.',
    '1GiB',
  ),
  maxAge: key(duration(1000), 'How long events wait; older ones go.', '7d'),
});

export const broker = z.strictObject({
  url: oneOrMore(url, 16).meta({
    description:
      'mqtt://HOST:PORT, mqtts://, ws:// or wss://; embedded://HOST:PORT starts one. A list: servers of one broker, tried in order.',
  }),
  username: key(text(), 'User name, where the broker wants one.'),
  password: key(text(), `Password. Take it from the environment (\${NAME}), or use passwordFile.`),
  passwordFile: key(text(), 'File that holds the password, relative to this file.'),
  clientId: key(text(), 'MQTT client identifier. Default: axis2mqtt-{bridge.id}.'),
  protocolVersion: key(
    oneOf('auto', 5, 4),
    'MQTT 5, or 4 for 3.1.1; auto: 5, and 4 where 5 is refused.',
    'auto',
  ),
  headers: key(named(header(), 32), 'HTTP headers of the request that opens a WebSocket; kept secret.'),
  tls: key(tls, 'How the broker’s certificate is judged, and the bridge’s own.'),
  queue: key(queue, 'The queue on disk in front of this broker.'),
  insecure: key(flag(), 'Let the embedded broker listen beyond this machine without a login.', false),
});

function alpnComplaint(name: string) {
  // RFC 7301 §3.1: at most 255 bytes.
  return Buffer.byteLength(name) > 255 ? { message: 'must not be longer than 255 bytes' } : undefined;
}
