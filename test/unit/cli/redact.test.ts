// What may not leave the site, in whatever form it stands in a document; and what has to stay.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { createRedact } from '../../../src/cli/events/redact.ts';
import type { CameraConfig } from '../../../src/config/types.ts';
import { secret } from '../../../src/util/secret.ts';
import { cpuTime } from '../../support/cpu-time.ts';

const SERIAL = 'B8A44F0A0B0C';
const PASSWORD = 'p&ss"wörd/42';

const CAMERA: CameraConfig = {
  host: 'cam7.corp.example',
  port: 80,
  rtspPort: 554,
  https: false,
  username: 'operator7',
  password: secret(PASSWORD),
  tls: {},
  onvif: { username: 'onvif7', password: secret('x1') },
  source: 'auto',
  events: { include: [], exclude: [], fields: [] },
  poll: [],
  deviceMqtt: {},
  commands: [],
  labels: {},
  anySerial: false,
  allowBasicOverHttp: false,
};

function redact(text: string, { serial = SERIAL, keepSerial = false } = {}): string {
  return createRedact({ camera: CAMERA, serial, keepSerial })(Buffer.from(text)).toString();
}

/** A text as the value of an item. */
const item = (value: string, name = 'a') => `<tt:SimpleItem Name="${name}" Value="${value}"/>`;

describe('taken out', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const ha1 = createHash('md5').update(`operator7:AXIS_${SERIAL}:${PASSWORD}`).digest('hex');
  const forms: Readonly<Record<string, string>> = {
    'the password': PASSWORD,
    'in XML': 'p&amp;ss&quot;wörd/42',
    'in JSON': 'p&ss\\"wörd/42',
    'in a URL': encodeURIComponent(PASSWORD),
    'in hex': Buffer.from(PASSWORD).toString('hex').toUpperCase(),
    'in Base64': base64(PASSWORD),
    'in Base64, one byte later': base64(`:${PASSWORD}`),
    'in Base64, with a user': base64(`operator7:${PASSWORD}`),
    'as HA1': ha1,
  };
  for (const [name, form] of Object.entries(forms))
    test(`the password ${name}`, () => assert.equal(redact(`(${form})`), '(REMOVED)'));

  const lines: readonly (readonly [string, string, string])[] = [
    ['a short password, as a value', item('x1'), item('REMOVED')],
    ['user names', 'operator7, onvif7', 'user, user'],
    ['its host', 'http://cam7.corp.example/x', 'http://device.example/x'],
    ['a login in a URL', 'rtsp://a:b@h/x', 'rtsp://REMOVED@h/x'],
    ['a token in a URL', '?wssession=abc&amp;x=1', '?wssession=REMOVED&amp;x=1'],
    ['a header', 'Bearer abcdef.ghi', 'Bearer REMOVED'],
    ['a digest', 'response="abc", nonce="def"', 'response="REMOVED", nonce="REMOVED"'],
    ['an item by its name', item('abc', 'WiFiPassword'), item('REMOVED', 'WiFiPassword')],
    ['a member by its name', '{"apiKey": "abc"}', '{"apiKey": "REMOVED"}'],
    [
      'WS-UsernameToken',
      '<w:Password Type="x">abc</w:Password>',
      '<w:Password Type="x">REMOVED</w:Password>',
    ],
    ['its serial number', `AXIS_${SERIAL}`, 'AXIS_ACCC8E000000'],
    ['another one', 'accc8e123456', 'accc8e000000'],
    ['a MAC address', '00:11:22:aa:bb:cc', 'ac:cc:8e:00:00:00'],
    ['UUIDs', 'uri://4205c5dc-6132-44ad-9aa5-52172e062d2b/', 'uri://00000000-0000-4000-8000-000000000000/'],
    ['addresses', '10.0.0.1 10.0.0.2 10.0.0.1', '192.0.2.1 192.0.2.2 192.0.2.1'],
    ['IPv6 addresses', '[fe80::1] 2001:db8:1:2:3:4:5:6', '[2001:db8::1] 2001:db8::2'],
    ['keys and pictures, but for their length', item('0aZ'.repeat(10)), item('A'.repeat(30))],
  ];
  for (const [name, text, expected] of lines) test(name, () => assert.equal(redact(text), expected));
});

test('what a reader needs stays: topics, names, times, versions, references, bytes of other encodings', () => {
  const texts = [
    '<wsnt:Topic>tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1</wsnt:Topic>',
    'xmlns:tns1="http://www.onvif.org/ver10/topics"',
    '<tt:Message UtcTime="2026-11-22T08:00:00.123456Z" PropertyOperation="Changed">',
    item('AxisRelay1', 'RelayToken'),
    item('1', 'accessed'),
    '{"topic":"tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1","data":{"active":"1"}}',
    'AXIS OS 11.11.77 at 07:50:45',
    'über',
  ];
  for (const text of texts) assert.equal(redact(text), text);
  const bytes = Buffer.from([0x3c, 0xe4, 0xff, 0x80, 0x3e]);
  assert.deepEqual(createRedact({ camera: CAMERA, serial: SERIAL, keepSerial: false })(bytes), bytes);
});

test('a serial number that is to stay stays, others go; once redacted a text changes no more', () => {
  const text = `${SERIAL} b8:a4:4f:0a:0b:0c ACCC8E123456`;
  assert.equal(redact(text, { keepSerial: true }), `${SERIAL} b8:a4:4f:0a:0b:0c ACCC8E000000`);
  const again = createRedact({ camera: CAMERA, serial: SERIAL, keepSerial: false });
  const once = again(Buffer.from(`10.9.8.7 fe80::2 ${SERIAL} rtsp://a:b@h/ ${item('0aZ'.repeat(10))}`));
  assert.deepEqual(again(once), once);
});

test('a hostile document of 256 KiB is redacted in a moment', () => {
  const parts = ['a.', ':', '"', '=', '0', 'Name="', '?key', 'aA0/', '<Password ', '1.', '::a', 'Basic '];
  const ms = cpuTime(() => {
    for (const part of parts) redact(part.repeat(262_144 / part.length));
  });
  assert.ok(ms < 20_000, `${ms} ms`);
});
