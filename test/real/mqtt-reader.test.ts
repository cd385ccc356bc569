// The shared reading connection: who gets what, what it costs to lag, and how it ends, at real brokers and at raw ones.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { connectAsync } from 'mqtt';
import { createReader } from '../../src/mqtt/reader.ts';
import {
  createReadingConnection,
  type ReadingConnection,
  type Subscribe,
} from '../../src/mqtt/reading-connection.ts';
import type { Inbound } from '../../src/mqtt/types.ts';
import { systemClock } from '../../src/util/clock.ts';
import { createLog } from '../../src/util/log.ts';
import { until } from '../support/listen.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { CONNACK_5, CONNECT, type Packet, startRawBroker } from '../support/raw-broker.ts';

const SUBSCRIBE = 8;

function startReader(
  t: TestContext,
  url: string,
  version: 'auto' | 4 | 5 = 'auto',
  more: { keepalive?: number } = {},
): ReadingConnection {
  const ending = new AbortController();
  const reader = createReadingConnection({
    broker: { servers: [url], clientId: 'axis2mqtt-main-reader', protocolVersion: version, ...more },
    clock: systemClock,
    log: createLog({ level: 'silent' }),
    random: () => 0.05,
  });
  const done = reader.run(ending.signal);
  t.after(() => {
    ending.abort();
    return done;
  });
  return reader;
}

/** Subscribes, and keeps what comes. */
function collect(reader: { subscribe: Subscribe; once?: boolean }, ...filters: string[]) {
  const messages: Inbound[] = [];
  const codes: string[] = [];
  let ups = 0;
  const leave = reader.subscribe({
    filters,
    once: reader.once ?? false,
    onMessage: async message => void messages.push(message),
    onUp() {
      ups += 1;
    },
    onDown: error => void codes.push(error.code),
  });
  const payloads = () => messages.map(({ payload }) => payload.toString());
  return { messages, payloads, codes, leave, ups: () => ups };
}

async function startPublisher(t: TestContext, url: string) {
  const client = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 50 });
  t.after(() => client.endAsync(true));
  return client;
}

function suback({ body }: Packet, reason: number): number[] {
  return [0x90, 4, body[0] ?? 0, body[1] ?? 0, 0, reason];
}

describe('the reading connection at mosquitto', need('mosquitto'), () => {
  test('brings each subscriber what is its own, with all that MQTT 5 says beside it', async t => {
    const broker = await startMosquitto(t);
    const reader = startReader(t, broker.url);
    const commands = collect(reader, 'base/+/command/+');
    const events = collect(reader, 'axis/1/event/#', '1/event/#');
    await until(() => commands.ups() + events.ups() === 2);
    const publisher = await startPublisher(t, broker.url);
    const properties = {
      responseTopic: 'base/response/x',
      correlationData: Buffer.from('77'),
      messageExpiryInterval: 60,
    };
    await publisher.publishAsync('base/yard/command/siren', '{}', { qos: 2, properties });
    await publisher.publishAsync('axis/1/event/a', 'one');
    await publisher.publishAsync('1/event', 'two');
    await until(() => commands.messages.length === 1 && events.messages.length === 2);
    const [command] = commands.messages;
    assert.equal(command?.qos, 1);
    assert.equal(command?.retain, false);
    assert.equal(command?.properties.responseTopic, 'base/response/x');
    assert.deepEqual(command?.properties.correlationData, Buffer.from('77'));
    assert.equal(command?.properties.messageExpiryInterval, 60);
    assert.deepEqual(events.payloads(), ['one', 'two']);
  });

  test('says when the broker has answered a ping, behind what came before', async t => {
    const broker = await startMosquitto(t);
    const reader = startReader(t, broker.url, 5, { keepalive: 1 });
    const publisher = await startPublisher(t, broker.url);
    const answered: { monotonic: number; messages: number }[] = [];
    const messages: Inbound[] = [];
    reader.subscribe({
      filters: ['a'],
      onMessage: async message => void messages.push(message),
      onAnswered: ({ monotonic }) => void answered.push({ monotonic, messages: messages.length }),
      onUp: () => void publisher.publish('a', '1'),
    });
    await until(() => messages.length === 1 && answered.length > 1);
    const begun = systemClock.monotonic();
    await publisher.publishAsync('a', '2', { qos: 1 });
    await until(() => answered.some(({ monotonic }) => monotonic > begun + 1000));
    assert.ok(
      answered.filter(({ monotonic }) => monotonic > begun + 1000).every(answer => answer.messages === 2),
    );
    assert.ok(answered.every(({ monotonic }) => monotonic <= systemClock.monotonic()));
  });

  test('is made again after the broker was away, for those who are there, and says so to each', async t => {
    const broker = await startMosquitto(t);
    const reader = startReader(t, broker.url, 4);
    const [stays, leaves] = [collect(reader, 'a/#'), collect(reader, 'a/b')];
    await until(() => stays.ups() + leaves.ups() === 2);
    await broker.kill();
    await until(() => stays.codes.length > 0 && leaves.codes.length > 0);
    leaves.leave();
    await broker.start();
    await until(() => stays.ups() === 2);
    const publisher = await startPublisher(t, broker.url);
    await publisher.publishAsync('a/b', 'x', { qos: 1 });
    await until(() => stays.messages.length === 1);
    assert.deepEqual([leaves.messages.length, leaves.ups()], [0, 1]);
  });

  test('a filter that two have is left when both have left; who comes later gets what is retained', async t => {
    const broker = await startMosquitto(t);
    const reader = startReader(t, broker.url);
    const publisher = await startPublisher(t, broker.url);
    await publisher.publishAsync('a', 'kept', { qos: 1, retain: true });
    const first = collect(reader, 'a');
    await until(() => first.messages.length === 1);
    const second = collect(reader, 'a');
    await until(() => second.messages.length === 1);
    assert.equal(second.messages[0]?.retain, true);
    first.leave();
    await publisher.publishAsync('a', 'new', { qos: 1 });
    await until(() => second.messages.length === 2);
    assert.doesNotMatch(broker.log(), /Received UNSUBSCRIBE/);
    second.leave();
    await until(() => /Received UNSUBSCRIBE/.test(broker.log()));
  });

  test('reads no further while a subscriber has 64 messages open, and loses none', async t => {
    const broker = await startMosquitto(t, { config: ['max_queued_messages 0'] });
    const reader = startReader(t, broker.url);
    const open: (() => void)[] = [];
    let seen = 0;
    reader.subscribe({
      filters: ['a'],
      onMessage: () => {
        seen += 1;
        return new Promise(resolve => open.push(resolve));
      },
    });
    const publisher = await startPublisher(t, broker.url);
    await until(() => /Sending SUBACK/.test(broker.log()));
    await Promise.all(
      Array.from({ length: 500 }, (_, index) => publisher.publishAsync('a', `${index}`, { qos: 1 })),
    );
    await until(() => seen === 64);
    const pump = setInterval(() => open.splice(0).forEach(go => void go()), 5);
    t.after(() => clearInterval(pump));
    await until(() => seen === 500);
  });
});

describe('who acts on what is read', need('mosquitto'), () => {
  for (const version of [4, 5] as const) {
    test(`gets it once, whoever else asks for it, over protocol version ${version}`, async t => {
      const broker = await startMosquitto(t);
      const ending = new AbortController();
      const reader = createReader({
        broker: { servers: [broker.url], clientId: 'axis2mqtt-main', protocolVersion: version },
        clock: systemClock,
        log: createLog({ level: 'silent' }),
        signal: ending.signal,
      });
      t.after(() => {
        ending.abort();
        return reader.ended();
      });
      const publisher = await startPublisher(t, broker.url);
      await publisher.publishAsync('door/1', 'kept', { qos: 1, retain: true });
      const once = { ...reader, once: true };
      const filters = ['door/+', 'door/1', '+/1'];
      const first = filters.map(filter => collect(once, filter));
      await until(() => first.every(({ messages }) => messages.length === 1));
      // Who comes later has the broker send what it retains to nobody else.
      const all = [...first, collect(once, 'door/1'), collect(reader, 'door/#')];
      await until(() => all.every(({ messages }) => messages.length === 1));
      await publisher.publishAsync('door/1', 'open', { qos: 1 });
      await publisher.publishAsync('door/1', 'last', { qos: 1 });
      await until(() => all.every(({ payloads }) => payloads().includes('last')));
      for (const { payloads } of all) assert.deepEqual(payloads(), ['kept', 'open', 'last']);
    });
  }
});

describe('the reading connection at a broker that', () => {
  test('refuses a subscription: it alone is down', async t => {
    let asked = 0;
    const broker = await startRawBroker(t, packet => {
      if (packet.type === CONNECT) return CONNACK_5;
      return packet.type === SUBSCRIBE ? suback(packet, ++asked === 1 ? 0x87 : 1) : undefined;
    });
    const reader = startReader(t, broker.url);
    const refused = collect(reader, 'a');
    await until(() => refused.codes.length === 1);
    const granted = collect(reader, 'b');
    await until(() => granted.ups() === 1);
    assert.deepEqual([refused.codes, refused.ups(), granted.codes], [['BROKER_AUTH'], 0, []]);
    assert.equal(broker.connections(), 1);
  });

  test('grants a part: it is up', async t => {
    let asked = 0;
    const broker = await startRawBroker(t, packet => {
      if (packet.type === CONNECT) return CONNACK_5;
      return packet.type === SUBSCRIBE ? suback(packet, ++asked === 1 ? 0x87 : 1) : undefined;
    });
    const both = collect(startReader(t, broker.url), 'a', 'b');
    await until(() => both.ups() === 1);
    assert.deepEqual(both.codes, []);
  });

  test('closes instead of an answer: all are down, and it tries again', async t => {
    const broker = await startRawBroker(t, (packet, socket) => {
      if (packet.type === CONNECT) return CONNACK_5;
      if (packet.type === SUBSCRIBE) socket.destroy();
      return undefined;
    });
    const subscriber = collect(startReader(t, broker.url, 5), 'a');
    await until(() => subscriber.codes.length >= 2);
    assert.deepEqual([...new Set(subscriber.codes)], ['CLOSED']);
    assert.ok(broker.connections() >= 2);
  });

  test('is asked for what is no filter: that is the configuration’s fault', async t => {
    const broker = await startRawBroker(t, packet => (packet.type === CONNECT ? CONNACK_5 : undefined));
    const wrong = collect(startReader(t, broker.url), 'a/#/b');
    await until(() => wrong.codes.length === 1);
    assert.deepEqual(wrong.codes, ['CONFIG']);
  });
});

test('who comes after the end is told so', async () => {
  const reader = createReadingConnection({
    broker: { servers: ['mqtt://127.0.0.1:1'], clientId: 'x', protocolVersion: 5 },
    clock: systemClock,
    log: createLog({ level: 'silent' }),
  });
  await reader.run(AbortSignal.abort());
  const late = collect(reader, 'a');
  assert.deepEqual(late.codes, ['CLOSED']);
});
