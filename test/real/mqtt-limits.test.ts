// What a broker does not take: lower QoS, no retained messages, small packets, refused topics.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { entries, entry } from '../support/memory-queue.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { BRIDGE, isUp, startPublisher } from '../support/publisher.ts';
import { subscribe } from '../support/subscriber.ts';

describe('limits of mosquitto', need('mosquitto'), () => {
  test('no retained messages: the will goes unretained at once, events arrive, clearing is skipped', async t => {
    const broker = await startMosquitto(t, { config: ['retain_available false'] });
    const subscriber = await subscribe(t, broker.url);
    const { queue, states, lines, kill } = startPublisher(t, broker.url);
    queue.append(
      entry({ retain: true }),
      entry({ retain: true, payload: '', id: '' }),
      entry({ retain: true }),
    );
    await queue.empty();
    await subscriber.until(received => received.length === 3);
    assert.deepEqual(
      queue.settled.map(({ outcome }) => outcome),
      ['published', 'published', 'published'],
    );
    assert.deepEqual(
      states.map(({ state }) => state),
      ['up'],
    );
    assert.equal(lines.filter(({ msg }) => String(msg).includes('no retained messages')).length, 1);
    await kill();
    await subscriber.until(() => subscriber.payloads(BRIDGE.topic).at(-1) === BRIDGE.offline);
  });

  for (const maximum of [0, 1] as const) {
    test(`max_qos ${maximum}: QoS 2 messages and the will arrive with it, which is said once`, async t => {
      const broker = await startMosquitto(t, { config: [`max_qos ${maximum}`] });
      const subscriber = await subscribe(t, broker.url, { qos: maximum });
      const { queue, states, lines, kill } = startPublisher(t, broker.url);
      queue.append(...entries(100, () => ({ qos: 2 })));
      await queue.empty();
      const others = () => subscriber.received.filter(({ topic }) => topic !== BRIDGE.checkpoint);
      await subscriber.until(() => others().length === 101);
      assert.deepEqual(
        states.map(({ state }) => state),
        ['up'],
      );
      assert.equal(lines.filter(({ msg }) => String(msg).includes('QoS')).length, 1);
      await kill();
      await subscriber.until(() => subscriber.payloads(BRIDGE.topic).at(-1) === BRIDGE.offline);
    });
  }

  test('max_packet_size: what is too large is set aside before it is sent, the rest arrives', async t => {
    const broker = await startMosquitto(t, { config: ['max_packet_size 2000'] });
    const { queue, states, lines } = startPublisher(t, broker.url);
    queue.append(...entries(20, seq => (seq % 5 === 0 ? { payload: 'x'.repeat(2_000) } : {})));
    await queue.empty();
    const rejected = queue.settled.filter(({ outcome }) => outcome === 'rejected');
    assert.deepEqual(
      rejected.map(({ entry, reason }) => [entry.seq, reason]),
      [5, 10, 15, 20].map(seq => [seq, 'packet too large']),
    );
    assert.deepEqual(
      states.map(({ state }) => state),
      ['up'],
    );
    assert.equal(lines.filter(({ reason }) => reason === 'packet too large').length, 1);
  });

  for (const protocolVersion of [4, 5] as const) {
    test(`MQTT ${protocolVersion}, max_inflight_messages 1: all arrive, one at a time`, async t => {
      const broker = await startMosquitto(t, { config: ['max_inflight_messages 1'] });
      const { queue, states } = startPublisher(t, broker.url, { broker: { protocolVersion } });
      queue.append(...entries(200, seq => ({ qos: seq % 2 === 0 ? 2 : 1 })));
      await queue.empty();
      assert.ok(queue.settled.every(({ outcome }) => outcome === 'published'));
      assert.deepEqual(
        states.map(({ state }) => state),
        ['up'],
      );
    });
  }

  test('max_keepalive 10: the broker is pinged in time, though more was configured', async t => {
    const broker = await startMosquitto(t, { config: ['max_keepalive 10'] });
    const { queue, states, until } = startPublisher(t, broker.url, { broker: { keepalive: 60 } });
    await until(isUp);
    // It closes after one and a half times the keep alive.
    await delay(16_000);
    queue.append(entry());
    await queue.empty();
    assert.deepEqual(
      states.map(({ state }) => state),
      ['up'],
    );
  });

  test('a topic that no broker takes is set aside without a connection lost', async t => {
    const broker = await startMosquitto(t);
    const { queue, states } = startPublisher(t, broker.url);
    const topics = ['', 'a/+/b', 'a/#', 'a\u0000b', 'a\u0007b', 'x'.repeat(65_536), 'fine'];
    queue.append(...topics.map(topic => entry({ topic })));
    await queue.empty();
    assert.deepEqual(
      queue.settled.map(({ outcome }) => outcome),
      [...Array(6).fill('rejected'), 'published'],
    );
    assert.deepEqual(
      states.map(({ state }) => state),
      ['up'],
    );
  });

  test('MQTT 5, a topic that the access list denies: set aside, the rest is not blocked', async t => {
    const acl = ['user bridge', 'topic readwrite axis2mqtt/bridge/#', 'topic readwrite axis2mqtt/entrance/#'];
    const broker = await startMosquitto(t, { users: { bridge: 'p' }, acl });
    const { secret } = await import('../../src/util/secret.ts');
    const login = { username: 'bridge', password: secret('p') };
    const { queue, states, lines } = startPublisher(t, broker.url, { broker: login });
    queue.append(...entries(2_000, seq => (seq % 2 === 0 ? { topic: 'axis2mqtt/yard/event' } : {})));
    await queue.empty();
    assert.ok(
      queue.settled.every(
        ({ entry, outcome }) => outcome === (entry.seq % 2 === 0 ? 'rejected' : 'published'),
      ),
    );
    assert.equal(queue.settled.find(({ outcome }) => outcome === 'rejected')?.reason, 'not authorized');
    assert.deepEqual(
      states.map(({ state }) => state),
      ['up'],
    );
    assert.equal(lines.filter(({ reason }) => reason === 'not authorized').length, 1);
  });
});
