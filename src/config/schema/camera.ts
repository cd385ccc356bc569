// One camera, and `defaults`, which takes the same keys for every camera.
import * as z from 'zod';
import { type Complaint, levelComplaint } from '../template.ts';
import {
  duration,
  fingerprint,
  flag,
  host,
  integer,
  key,
  list,
  named,
  oneOf,
  serial,
  size,
  text,
  topicPattern,
} from './values.ts';

/** What can be read regularly. */
export const POLL_APIS = [
  'people-counter',
  'object-analytics',
  'queue',
  'io',
  'temperature',
  'storage',
  'system',
] as const;

const port = integer(1, 65535);
const patterns = list(topicPattern(), 256);
const PASSWORD = `Its password. Take it from the environment (\${NAME}), or use passwordFile.`;
const PASSWORD_FILE = 'File that holds the password, relative to this file.';

const tls = z.strictObject({
  ca: key(
    text(),
    'PEM file of the authorities to accept, relative to this file. Default: those of the system.',
  ),
  fingerprint: key(fingerprint(), 'SHA-256 of the one certificate to accept.'),
  insecure: key(flag(), 'Accept any certificate: encrypted, but anybody may be at the other end.', false),
});

const onvif = z.strictObject({
  username: key(text(), 'User name of the ONVIF account. Default: the camera’s own.'),
  password: key(text(), `${PASSWORD} Default: the camera’s own.`),
  passwordFile: key(text(), PASSWORD_FILE),
});

const field = z.strictObject({
  topic: key(topicPattern(), 'Topics that the rule is for.', '**'),
  name: text().meta({ description: 'Name of the data item, such as lpImage.' }),
  over: key(size(0), 'Only values of more than this size.', '0KiB'),
  do: oneOf('keep', 'cut', 'drop').meta({ description: 'Keep it, cut it to that size, or drop it.' }),
});

const events = z.strictObject({
  include: key(patterns, 'Topics to take, such as tns1:Device/**; `*` is one level, `**` any number.', [
    '**',
  ]),
  exclude: key(patterns, 'Topics to leave out, stronger than include.', ['**/xinternal_data', '**/timer']),
  budget: key(
    integer(1, 100_000),
    'Events a second that it may send in the long run; past that, states are merged and pulses dropped. Default: no limit.',
  ),
  fields: key(list(field, 64), 'Rules for large data items; the first that fits counts.', []),
});

const poll = z.strictObject({
  api: oneOf(...POLL_APIS).meta({ description: 'What to read.' }),
  every: duration(1000).meta({ description: 'How often.' }),
  publish: key(oneOf('changes', 'always'), 'Only values that changed, or each reading.', 'changes'),
});

const deviceMqtt = z.strictObject({
  broker: key(text(), 'The broker that the device publishes to. Default: the first one.'),
  prefix: key(text(), 'Its deviceTopicPrefix. Default: axis/{serial}.'),
});

export const camera = z.strictObject({
  id: key(text(idComplaint), 'Its name in topics: one level, not "bridge". Default: its serial number.'),
  host: key(
    host(),
    'Its host name or IP address. auto: it is found in the network by its `serial` (mDNS, WS-Discovery), and anew when it does not answer.',
  ),
  port: key(port, 'HTTP port. Default: 80, or 443 with https: true.'),
  rtspPort: key(port, 'RTSP port. Default: 554, or 322 with https: true.'),
  https: key(flag(), 'Encrypt everything to it (https and rtsps).', false),
  username: key(text(), 'User name of an account on it, with operator rights or more.'),
  password: key(text(), PASSWORD),
  passwordFile: key(text(), PASSWORD_FILE),
  tls: key(tls, 'How its certificate is judged.'),
  onvif: key(onvif, 'The account for ONVIF, where it is another one.'),
  serial: key(
    serial(),
    'Its serial number: another device at that address is an error. Default: that of the first that was heard there. any: whichever is there.',
  ),
  source: key(
    oneOf('auto', 'websocket', 'rtsp', 'pullpoint', 'device-mqtt'),
    'How to hear it; auto takes the best that it has.',
    'auto',
  ),
  events: key(events, 'Which of its events to take.'),
  poll: key(list(poll, 64), 'What to read from it regularly.', []),
  deviceMqtt: key(deviceMqtt, 'Where its own MQTT client publishes, for source: device-mqtt.'),
  commands: key(
    list(text(levelComplaint), 64),
    'What may be asked of it over MQTT, such as siren or record.',
    [],
  ),
  labels: key(named(text(), 64), 'Words of your own, for routes, topics and payloads.', {}),
  allowBasicOverHttp: key(
    flag(),
    'Send the password readable where it offers nothing better without https.',
    false,
  ),
});

function idComplaint(id: string): Complaint {
  if (id === 'bridge') return { message: 'must not be "bridge", which is the bridge’s own name in topics' };
  return id.length > 128 ? { message: 'must not be longer than 128 characters' } : levelComplaint(id);
}
