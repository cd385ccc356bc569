// What `axis2mqtt monitor` makes of a message: its line, its JSON, and what a hostile payload cannot do to either.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runCli } from '../../../src/cli/cli.ts';
import { messageJson, messageLine } from '../../../src/cli/monitor/line.ts';
import { readMessage } from '../../../src/cli/monitor/message.ts';
import type { Inbound } from '../../../src/mqtt/types.ts';
import { createTerminal } from '../../support/terminal.ts';

const NOON = new Date(2026, 10, 22, 12, 0, 0, 7).getTime();
const EVENT = {
  id: '353914e84de80ccf1115e00b939d3dbd',
  seq: 19,
  device: 'yard',
  serial: 'ACCC8E000001',
  topic: 'tns1:Device/tnsaxis:IO/Port',
  kind: 'property',
  operation: 'changed',
  source: { port: 1 },
  key: {},
  data: { level: 3, state: true },
  active: true,
  time: null,
  received: '2026-11-22T08:00:00.131Z',
  labels: {},
};

function message(topic: string, payload: object | string | Buffer, changes: Partial<Inbound> = {}) {
  const text = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
  const inbound: Inbound = {
    ...{ topic, payload: Buffer.from(text), qos: 1, retain: false, properties: {} },
    ...changes,
  };
  return readMessage(inbound, 'axis2mqtt');
}

function line(topic: string, payload: object | string | Buffer, changes: Partial<Inbound> = {}): string {
  return messageLine(message(topic, payload, changes), { time: NOON, color: false }).replaceAll(/ +/g, ' ');
}

describe('a line of monitor', () => {
  test('of an event: time, device, operation, topic, source, and the state before what explains it', () => {
    assert.equal(
      line('axis2mqtt/yard/event/Device/IO/Port/port=1', EVENT),
      '12:00:00.007 yard changed Device/IO/Port port=1 → state=true level=3',
    );
  });

  test('of an event on the topic of a route of its own: the same', () => {
    assert.match(line('elsewhere', EVENT), / yard changed Device\/IO\/Port /);
  });

  test('of each other kind says what it is about', () => {
    const kinds: [topic: string, payload: object | string, said: RegExp][] = [
      [
        'yard/availability',
        { state: 'degraded', since: '2026-11-22T08:00:00Z', source: 'rtsp', reason: 'CLOCK', message: 'off' },
        / yard degraded by rtsp → CLOCK: off, since 2026-11-22T08:00:00Z$/,
      ],
      [
        'yard/reading/people-counter/1',
        { values: { in: 3, temp: 20 }, units: { temp: 'Cel' }, delta: { in: 1 } },
        / yard reading people-counter\/1 → in=3 temp \[Cel\]=20 \(in=1 more\)$/,
      ],
      [
        'yard/gap',
        { from: '2026-11-22T08:00:00Z', to: '2026-11-22T08:01:00Z', cause: 'reboot', events: 'unknown' },
        / yard gap cause: reboot → not heard from 2026-11-22T08:00:00Z to 2026-11-22T08:01:00Z$/,
      ],
      [
        'yard/info',
        { serial: 'ACCC8E000001', model: 'P3265', firmware: '11.1', events: { 'tns1:A': {} } },
        / yard info P3265 11\.1 → serial ACCC8E000001, topics declared: 1$/,
      ],
      ['bridge/main/state', { state: 'offline' }, / bridge offline main\/state$/],
      ['bridge/main/health', { brokers: {} }, / bridge bridge main\/health → \{"brokers":\{\}\}$/],
      ['yard/command/siren', { profile: 'Alarm' }, / yard command siren → \{"profile":"Alarm"\}$/],
      ['yard/event/Device/IO/Port/port=1', '', / yard event Device\/IO\/Port\/port=1 → \(cleared\)$/],
    ];
    for (const [topic, payload, said] of kinds)
      assert.match(line(`axis2mqtt/${topic}`, payload), said, topic);
  });

  test('of a foreign message shows its topic and its payload as it is, cut', () => {
    assert.match(line('zigbee/lamp', 'ON'), / - other zigbee\/lamp → ON$/);
    assert.match(line('axis2mqtt2/yard/gap', 'x'), / other axis2mqtt2\/yard\/gap → x$/);
    assert.match(line('a', 'y'.repeat(100_000)), / → y{400}… \(100000 characters\)$/);
  });

  test('marks what was retained', () => {
    assert.match(line('axis2mqtt/yard/info', { serial: 'A' }, { retain: true }), / \(retained\)$/);
  });

  test('colours availability, dims what is initialized, and only on a terminal that has colours', () => {
    const styled = (topic: string, payload: object) =>
      messageLine(message(topic, payload), { time: NOON, color: true });
    const availability = (state: string) => styled('axis2mqtt/yard/availability', { state, source: 'rtsp' });
    assert.ok(availability('online').includes('\u001b[32monline'));
    assert.ok(availability('degraded').includes('\u001b[33mdegraded'));
    assert.ok(availability('offline').includes('\u001b[31moffline'));
    assert.ok(styled('t', { ...EVENT, operation: 'initialized' }).includes('\u001b[2minitialized'));
    assert.doesNotMatch(line('t', EVENT), /\p{C}/u);
  });
});

const EVIL = '\u001b]0;owned\u0007\u009b31m\u202egnp\n';

describe('a hostile message', () => {
  /** Payloads that are almost what they should be, by the topic on which they come. */
  const hostile: [topic: string, payload: object | string | Buffer][] = [
    [`axis2mqtt/${EVIL}/event/x`, EVIL],
    ['t', { ...EVENT, topic: EVIL, device: EVIL, source: { [EVIL]: EVIL }, data: { [EVIL]: [EVIL] } }],
    ['t', { ...EVENT, operation: EVIL, untyped: EVIL }],
    [
      't',
      { ...EVENT, data: Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`n${at}`, EVIL])) },
    ],
    ['t', { ...EVENT, topic: 'x'.repeat(60_000), device: 'y'.repeat(60_000) }],
    ['t', { ...EVENT, source: [], data: null }],
    ['axis2mqtt/yard/availability', { state: 'toString', reason: EVIL }],
    ['axis2mqtt/yard/availability', { state: 'online', source: EVIL, message: EVIL, since: {} }],
    ['axis2mqtt/yard/gap', { from: EVIL, to: EVIL, cause: { toString: 1 } }],
    [
      'axis2mqtt/yard/reading/x',
      `{"values":{"__proto__":1,"constructor":"${'z'.repeat(9_000)}"},"units":{"a":{}}}`,
    ],
    ['axis2mqtt/yard/info', { serial: EVIL, model: {}, events: 'none' }],
    ['axis2mqtt/bridge/main/state', '['.repeat(500_000)],
    ['axis2mqtt/yard/result/x', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['axis2mqtt/yard/gap', 'null'],
    ['t', Buffer.from([0xff, 0x1b, 0x5b, 0x32, 0x4a])],
  ];

  test('neither steers the terminal, nor takes a second line, nor a long one', () => {
    for (const [topic, payload] of hostile) {
      const shown = line(topic, payload);
      assert.doesNotMatch(shown, /\p{C}/u, shown.slice(0, 200));
      assert.ok(shown.length < 3_000, `${shown.length}: ${shown.slice(0, 200)}`);
    }
  });

  test('is one line of JSON too', () => {
    for (const [topic, payload] of hostile) {
      const shown = messageJson(message(topic, payload));
      assert.doesNotMatch(shown, /\p{C}/u, shown.slice(0, 200));
      assert.equal(JSON.parse(shown).topic, topic);
    }
  });
});

describe('the JSON of monitor', () => {
  const json = (payload: object | string | Buffer, changes: Partial<Inbound> = {}) =>
    JSON.parse(messageJson(message('t', payload, changes)));

  test('has topic, retain, qos, payload and properties', () => {
    const correlationData = Buffer.from([1, 0xff]);
    const properties = { responseTopic: 'r', correlationData, messageExpiryInterval: 3 };
    assert.deepEqual(json(EVENT, { retain: true, properties }), {
      topic: 't',
      retain: true,
      qos: 1,
      payload: EVENT,
      properties: { responseTopic: 'r', messageExpiryInterval: 3, correlationData: 'Af8=' },
    });
  });

  test('keeps a payload that is no JSON as its text, and one that is no text in base64', () => {
    assert.equal(json('ON').payload, 'ON');
    assert.equal(json('').payload, '');
    assert.equal(json('null').payload, null);
    assert.equal(json(Buffer.from([0xff, 0])).payloadBase64, '/wA=');
  });
});

test('options that make no sense are wrong usage, each named', async () => {
  const url = ['--url', 'mqtt://127.0.0.1:1'];
  const cases: [args: string[], said: RegExp][] = [
    [['--url', 'http://x'], /--url must be mqtt/],
    [['--url', 'mqtt://me:secret-word@x'], /--url takes no user name or password/],
    [[...url, '--kind', 'event,evnt'], /--kind knows no "evnt"/],
    [[...url, '--topic', 'a/#'], /--topic takes `\*`/],
    [[...url, '--seconds', 'ten'], /--seconds must be/],
    [[...url, '--password-file', '/nowhere/at/all'], /--password-file .*ENOENT/],
  ];
  for (const [args, said] of cases) {
    const terminal = createTerminal();
    assert.equal(await runCli(['monitor', ...args], terminal), 2, args.join(' '));
    assert.match(terminal.stderr, said);
    assert.doesNotMatch(terminal.stderr, /secret-word/);
  }
});
