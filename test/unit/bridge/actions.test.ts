// Whatever comes over MQTT: nothing that is not allowed becomes a request to a device.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createActions } from '../../../src/bridge/actions.ts';
import { createBoard } from '../../../src/bridge/board.ts';
import type { DeviceOutlet } from '../../../src/bridge/outlet.ts';
import { Troubles } from '../../../src/bridge/troubles.ts';
import type { Subscription } from '../../../src/mqtt/reading-connection.ts';
import type { Inbound } from '../../../src/mqtt/types.ts';
import { createDevice } from '../../../src/simulator/simulator.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { fail } from '../../../src/util/errors.ts';
import { eventually } from '../../support/eventually.ts';
import { seeded } from '../../support/random.ts';
import { tempDir } from '../../support/temp.ts';
import { config } from '../config/helper.ts';
import { openOutbox } from '../outbox/helpers.ts';

const TRIGGERS = `triggers:
  - {name: door, topic: sensors/+/door, when: {open: true, n: {above: 3}}, do: [{camera: yard, action: record}]}
  - {name: text, topic: sensors/text, text: GO, do: [{camera: yard, action: record}]}
  - {name: disarmed, topic: "#", armed: {topic: alarm, text: armed}, do: [{camera: yard, action: record}]}
  - {name: dry, topic: "#", dryRun: true, do: [{camera: yard, action: record}]}
`;

async function setup(t: TestContext) {
  const device = createDevice();
  t.after(() => device.stop());
  const { httpPort } = await device.start();
  const camera = `{id: yard, host: 127.0.0.1, port: ${httpPort}, username: root, password: pass, commands: [siren]}`;
  const first = await config(`cameras: [${camera}]\n${TRIGGERS}`);
  // Before the directory goes.
  t.after(async () => {
    await actions.stop();
    assert.equal(listening.size, 0);
    await outbox.close();
  });
  const outbox = await openOutbox(await tempDir(t));
  const listening = new Set<Subscription>();
  const reader = {
    subscribe(subscription: Subscription) {
      listening.add(subscription);
      return () => void listening.delete(subscription);
    },
    ended: async () => undefined,
  };
  const warnings: string[] = [];
  const log = {
    error: () => undefined,
    warn: (fields: object, message: string) => void warnings.push(`${JSON.stringify(fields)} ${message}`),
    info: () => undefined,
  };
  const actions = createActions(
    {
      base: 'axis2mqtt',
      outbox,
      board: createBoard(),
      brokers: () => ['main'],
      reader: () => reader,
      troubles: new Troubles({ clock: systemClock, log }),
      clock: systemClock,
      log,
    },
    first,
  );
  const [own] = first.cameras;
  assert.ok(own);
  const outlet = { available: () => undefined } as Partial<DeviceOutlet> as DeviceOutlet;
  actions.follow(outlet, { id: 'yard', config: own, address: own });
  await actions.apply(first);
  /** To every subscription but that of the arming topic, as if their filters matched: they must not rely on that. */
  const say = (message: Inbound) => {
    for (const { filters, onMessage } of listening) {
      const isFor = filters[0]?.includes('/command/') === message.topic.includes('/command/');
      if (isFor && filters[0] !== 'alarm') void onMessage(message);
    }
  };
  return { device, actions, say, listening, warnings };
}

type Random = () => number;

const pick = <T>(random: Random, list: readonly [T, ...T[]]): T =>
  list[Math.floor(random() * list.length)] ?? list[0];

const NAMES = ['open', 'n', 'a', '__proto__', 'constructor', 'toString', 'length', 'diskId', 'for'] as const;

/** JSON that says neither a profile nor that the door is open. */
function anyJson(random: Random, depth = 0): string {
  const leaf = pick(random, [
    'null',
    '1',
    '-0',
    '1e400',
    '"true"',
    '"GO"',
    'false',
    '""',
    '"\\u0000"',
    '{}',
    '[]',
  ]);
  if (depth > 5 || random() < 0.4) return leaf;
  const inner = Array.from({ length: Math.floor(random() * 4) }, () => anyJson(random, depth + 1));
  if (random() < 0.3) return `[${inner}]`;
  return `{${inner.map(value => `"${pick(random, NAMES)}":${value}`)}}`;
}

function anyPayload(random: Random): Buffer {
  const text = anyJson(random);
  return pick(random, [
    () => Buffer.from(text),
    () => Buffer.from(text.slice(0, Math.floor(random() * text.length))),
    () => Buffer.from(Array.from({ length: 40 }, () => Math.floor(random() * 256))),
    () => Buffer.from(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
    () => Buffer.from(`{"a":"${'x'.repeat(70_000)}"}`),
  ])();
}

const GOOD = { command: '{"profile":"Alarm"}', trigger: '{"open":true,"n":4}' };

/** A message that must not act, by one flaw at least. */
function flawed(random: Random): Inbound {
  const command = {
    topic: 'axis2mqtt/yard/command/siren',
    payload: Buffer.from(GOOD.command),
    retain: false,
  };
  const trigger = { topic: 'sensors/a/door', payload: Buffer.from(GOOD.trigger), retain: false };
  const level = pick(random, ['record', 'output', '__proto__', 'siren-stop', 'SIREN', '', 'siren/']);
  const other = pick(random, ['gate', 'YARD', '', 'yard%2F', '__proto__', 'bridge']);
  const message = pick(random, [
    { ...command, payload: anyPayload(random) },
    { ...command, retain: true },
    { ...command, topic: `axis2mqtt/yard/command/${level}` },
    { ...command, topic: `axis2mqtt/${other}/command/siren` },
    { ...command, topic: `x/axis2mqtt/yard/command/siren` },
    { ...trigger, payload: anyPayload(random) },
    { ...trigger, retain: true },
  ]);
  const properties = random() < 0.2 ? { responseTopic: 'axis2mqtt/yard/command/siren' } : {};
  return { ...message, qos: 1, properties };
}

test('nothing that is not allowed reaches a device, and what is does', async t => {
  const random = seeded(t);
  const { device, actions, say } = await setup(t);
  for (let turn = 0; turn < 3_000; turn++) say(flawed(random));
  const good = { qos: 1, retain: false, properties: {} } as const;
  say({ ...good, topic: 'axis2mqtt/yard/command/siren', payload: Buffer.from(GOOD.command) });
  await eventually('the siren', () => device.acted[0]);
  say({ ...good, topic: 'sensors/a/door', payload: Buffer.from(GOOD.trigger) });
  await eventually('the recording', () => device.acted[1]);
  assert.deepEqual(
    device.acted.map(({ api }) => api),
    ['siren', 'record'],
  );
  // The first of the two met the challenge of the login.
  assert.equal(device.stats.seen.filter(line => line.startsWith('HTTP')).length, 3);
  const countsOf = () =>
    Object.fromEntries(
      [...actions.samples()].map(({ labels, value }) => [Object.values(labels).join(' '), value]),
    );
  await eventually('the deed is counted', () => countsOf()['door done']);
  const counts = countsOf();
  assert.ok((counts['yard INVALID'] ?? 0) > 100 && (counts['yard NOT_ALLOWED'] ?? 0) > 100);
  assert.equal(counts['door done'], 1);
  assert.ok((counts['disarmed disarmed'] ?? 0) > 100 && (counts['dry dryRun'] ?? 0) > 0);
});

test('a broker that does not let it read is told of once, until it does', async t => {
  const { listening, warnings } = await setup(t);
  const refusal = fail('BROKER_REFUSED', 'not authorized');
  for (const { onDown } of listening) onDown?.(fail('CLOSED', 'told by the reader'));
  assert.equal(warnings.length, 0);
  for (let times = 0; times < 3; times++) for (const { onDown } of listening) onDown?.(refusal);
  assert.equal(warnings.length, listening.size);
  assert.ok(
    warnings.some(line => line.includes('command/+')) && warnings.some(line => line.includes('door')),
  );
  for (const { onUp, onDown } of listening) {
    onUp?.();
    onDown?.(refusal);
  }
  assert.equal(warnings.length, 2 * listening.size);
});
