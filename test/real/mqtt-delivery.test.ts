// What a subscriber of a real broker gets from the publisher: all of it, in order, with its properties.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { entries, entry } from '../support/memory-queue.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { BRIDGE, isUp, startPublisher } from '../support/publisher.ts';
import { type Received, subscribe } from '../support/subscriber.ts';
import { startProxy } from '../support/tcp-proxy.ts';

const TOPIC = entry().topic;
const UNBOUNDED = ['max_queued_messages 0'];

function events(received: Received[]): Received[] {
  return received.filter(({ topic }) => topic === TOPIC);
}

function seqs(payloads: string[]): number[] {
  return payloads.map(payload => JSON.parse(payload).seq);
}

/** The first delivery of each: what is left when a subscriber drops duplicates. */
function firsts(numbers: number[]): number[] {
  return [...new Set(numbers)];
}

describe('delivery to mosquitto', need('mosquitto'), () => {
  for (const protocolVersion of [4, 5] as const) {
    for (const qos of [0, 1, 2] as const) {
      test(`MQTT ${protocolVersion} QoS ${qos}: 3,000 messages arrive in order and are settled`, async t => {
        const broker = await startMosquitto(t, { config: UNBOUNDED });
        const subscriber = await subscribe(t, broker.url);
        const { queue, stop, until } = startPublisher(t, broker.url, { broker: { protocolVersion } });
        queue.append(...entries(3_000, () => ({ qos })));
        await queue.empty();
        await subscriber.until(received => events(received).length === 3_000);
        assert.deepEqual(seqs(subscriber.payloads(TOPIC)), range(3_000));
        assert.ok(events(subscriber.received).every(message => message.qos === qos));
        assert.ok(queue.settled.every(({ outcome }) => outcome === 'published'));
        assert.deepEqual(await until(isUp), { state: 'up', server: broker.url, version: protocolVersion });
        await stop();
      });
    }
  }

  test('an MQTT 5 message bears content type, format, id, seq, device and the rest of its time', async t => {
    const broker = await startMosquitto(t);
    const subscriber = await subscribe(t, broker.url);
    const { queue } = startPublisher(t, broker.url);
    queue.append(entry({ id: 'abc', seq: 4711, device: 'entrance', expires: Date.now() + 60_000 }));
    await subscriber.until(received => events(received).length === 1);
    const { messageExpiryInterval = 0, ...properties } = events(subscriber.received)[0]?.properties ?? {};
    assert.deepEqual(
      { ...properties, userProperties: { ...properties.userProperties } },
      {
        contentType: 'application/json',
        payloadFormatIndicator: true,
        userProperties: { id: 'abc', seq: '4711', device: 'entrance' },
      },
    );
    assert.ok(messageExpiryInterval > 0 && messageExpiryInterval <= 60, `expiry ${messageExpiryInterval}`);
  });

  test('a message without an id bears no user properties, a zero-byte one no content type', async t => {
    const broker = await startMosquitto(t);
    const subscriber = await subscribe(t, broker.url);
    const { queue } = startPublisher(t, broker.url);
    queue.append(entry({ id: '', seq: 0 }), entry({ id: '', payload: '', retain: true }));
    await subscriber.until(received => events(received).length === 2);
    const [plain, empty] = events(subscriber.received);
    assert.equal(plain?.properties?.userProperties, undefined);
    assert.equal(empty?.payload, '');
    assert.equal(empty?.properties?.contentType, undefined);
  });

  test('text outside of ASCII and a payload of several chunks arrive as they were', async t => {
    const broker = await startMosquitto(t);
    const subscriber = await subscribe(t, broker.url);
    const { queue } = startPublisher(t, broker.url);
    const payload = JSON.stringify({ text: 'Eingång 入口 🚪'.repeat(20_000) });
    queue.append(entry({ payload, topic: 'axis2mqtt/entré/event', device: 'entré' }));
    await subscriber.until(received => received.some(({ topic }) => topic === 'axis2mqtt/entré/event'));
    const message = subscriber.received.find(({ topic }) => topic === 'axis2mqtt/entré/event');
    assert.equal(message?.payload, payload);
    assert.equal(message?.properties?.userProperties?.['device'], 'entré');
  });

  test('an expired entry is settled and not sent; a retained one never expires', async t => {
    const broker = await startMosquitto(t);
    const subscriber = await subscribe(t, broker.url);
    const { queue } = startPublisher(t, broker.url);
    const past = Date.now() - 1;
    queue.append(
      entry({ seq: 1, expires: past, payload: '{"seq":1}' }),
      entry({ seq: 2, expires: past, payload: '{"seq":2}', retain: true }),
      entry({ seq: 3, payload: '{"seq":3}' }),
    );
    await queue.empty();
    await subscriber.until(received => events(received).length === 2);
    assert.deepEqual(seqs(subscriber.payloads(TOPIC)), [2, 3]);
    assert.deepEqual(
      queue.settled.map(({ entry, outcome }) => [entry.seq, outcome]),
      [
        [1, 'expired'],
        [2, 'published'],
        [3, 'published'],
      ],
    );
    assert.equal(events(subscriber.received)[0]?.properties?.messageExpiryInterval, undefined);
  });

  test('Receive Maximum 20: 3,000 QoS 2 messages pass without a quota error', async t => {
    const broker = await startMosquitto(t, { config: ['max_inflight_messages 20', ...UNBOUNDED] });
    const { queue, states } = startPublisher(t, broker.url);
    queue.append(...entries(3_000, () => ({ qos: 2 })));
    await queue.empty();
    assert.ok(queue.settled.every(({ outcome }) => outcome === 'published'));
    assert.deepEqual(
      states.map(({ state }) => state),
      ['up'],
    );
  });

  for (const end of ['stop', 'kill'] as const) {
    test(`restart of the broker under load (${end}): nothing is lost, the order holds`, async t => {
      const broker = await startMosquitto(t, { config: UNBOUNDED, persistent: true });
      const subscriber = await subscribe(t, broker.url, { qos: 1 });
      const { queue, states } = startPublisher(t, broker.url, { broker: { protocolVersion: 5 } });
      const all = entries(30_000);
      const feed = (async () => {
        for (let at = 0; at < all.length; at += 500) {
          queue.append(...all.slice(at, at + 500));
          await delay(20);
        }
      })();
      await subscriber.until(received => events(received).length > 5_000);
      await broker[end]();
      await delay(200);
      await broker.start();
      await feed;
      await queue.empty(40_000);
      assert.deepEqual(
        queue.settled.map(({ entry }) => entry.seq),
        range(30_000),
      );
      assert.ok(states.some(({ state }) => state === 'down'));
      // What a broker has acknowledged and not delivered when it is killed, it may lose; in good order it loses nothing.
      if (end === 'kill') return;
      await eventually(
        'all of them',
        () => firsts(seqs(subscriber.payloads(TOPIC))).length === 30_000,
        60_000,
      );
      assert.deepEqual(firsts(seqs(subscriber.payloads(TOPIC))), range(30_000));
    });
  }

  test('cut again and again by the network: nothing is lost, the order holds', async t => {
    const broker = await startMosquitto(t, { config: UNBOUNDED });
    const proxy = await startProxy(t, broker.port);
    const subscriber = await subscribe(t, broker.url);
    const { queue } = startPublisher(t, `mqtt://127.0.0.1:${proxy.port}`);
    queue.append(...entries(20_000));
    for (const share of [1_000, 5_000, 10_000]) {
      await subscriber.until(received => events(received).length > share, 30_000);
      proxy.reset();
    }
    await queue.empty(40_000);
    await eventually('all of them', () => firsts(seqs(subscriber.payloads(TOPIC))).length === 20_000, 60_000);
    assert.deepEqual(firsts(seqs(subscriber.payloads(TOPIC))), range(20_000));
  });

  test('present state goes out at each connection, changes at once, and a deleted topic is cleared', async t => {
    const broker = await startMosquitto(t);
    const proxy = await startProxy(t, broker.port);
    const { present, states } = startPublisher(t, `mqtt://127.0.0.1:${proxy.port}`);
    const subscriber = await subscribe(t, broker.url);
    let asked = 0;
    present.set('axis2mqtt/a/availability', () => `{"asked":${++asked}}`);
    present.set('axis2mqtt/b/info', '{"model":"x"}');
    await subscriber.until(received => received.length >= 3);
    proxy.reset();
    present.delete('axis2mqtt/b/info');
    await subscriber.until(() => subscriber.payloads('axis2mqtt/a/availability').length === 2);
    await subscriber.until(() => subscriber.payloads('axis2mqtt/b/info').length === 2);
    assert.deepEqual(subscriber.payloads('axis2mqtt/a/availability'), ['{"asked":1}', '{"asked":2}']);
    assert.deepEqual(subscriber.payloads('axis2mqtt/b/info'), ['{"model":"x"}', '']);
    assert.deepEqual(
      states.map(({ state }) => state),
      ['up', 'down', 'up'],
    );
    const late = await subscribe(t, broker.url);
    await late.until(received => received.length === 3);
    assert.deepEqual(late.received.map(({ topic }) => topic).sort(), [
      'axis2mqtt/a/availability',
      BRIDGE.checkpoint,
      BRIDGE.topic,
    ]);
  });
});

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
