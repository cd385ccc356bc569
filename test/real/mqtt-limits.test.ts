// What a broker does not take: lower QoS, no retained messages, small packets, refused topics.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { createFakeClock } from '../support/fake-clock.ts';
import { entries, entry } from '../support/memory-queue.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { BRIDGE, isDown, isUp, startPublisher } from '../support/publisher.ts';
import { CONNACK_5, CONNECT, PUBLISH, puback, startRawBroker, topicOf } from '../support/raw-broker.ts';
import { subscribe } from '../support/subscriber.ts';

const FAST = { random: () => 0 };

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
      await subscriber.until(received => received.length === 101);
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

describe('a message that a broker does not take', () => {
  test('it ends the connection each time (aedes, denied topic): found, set aside, the rest arrives in order', async t => {
    const aedes = await Aedes.createBroker({
      authorizePublish: (_client, { topic }, done) =>
        done(topic === 'forbidden' ? new Error('denied') : null),
    });
    const server = createServer(aedes.handle).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => new Promise<void>(resolve => aedes.close(() => server.close(() => resolve()))));
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const url = `mqtt://127.0.0.1:${address.port}`;
    const { queue, lines } = startPublisher(t, url, FAST);
    queue.append(...entries(50, seq => (seq === 17 ? { topic: 'forbidden' } : {})));
    await queue.empty();
    const rejected = queue.settled.filter(({ outcome }) => outcome === 'rejected');
    assert.deepEqual(
      rejected.map(({ entry, reason }) => [entry.seq, reason]),
      [[17, 'ends the connection']],
    );
    const published = queue.settled
      .filter(({ outcome }) => outcome === 'published')
      .map(({ entry }) => entry.seq);
    assert.deepEqual(
      published,
      entries(50)
        .map(({ seq }) => seq)
        .filter(seq => seq !== 17),
    );
    assert.equal(lines.filter(({ reason }) => reason === 'ends the connection').length, 1);
  });

  test('"quota exceeded" ends the connection and is tried again until it is taken, in order', async t => {
    let refusals = 0;
    const taken: string[] = [];
    const broker = await startRawBroker(t, packet => {
      if (packet.type === CONNECT) return CONNACK_5;
      if (packet.type !== PUBLISH) return undefined;
      const topic = topicOf(packet);
      if (topic === 'event/3' && refusals < 5) {
        refusals += 1;
        return puback(packet, 0x97);
      }
      taken.push(topic);
      return puback(packet);
    });
    const { queue, states } = startPublisher(t, broker.url, FAST);
    queue.append(...entries(6, seq => ({ topic: `event/${seq}` })));
    await queue.empty();
    assert.ok(queue.settled.every(({ outcome }) => outcome === 'published'));
    assert.deepEqual(
      queue.settled.map(({ entry }) => entry.seq),
      [1, 2, 3, 4, 5, 6],
    );
    assert.deepEqual(taken.slice(-5), [BRIDGE.topic, 'event/3', 'event/4', 'event/5', 'event/6']);
    const down = states.find(isDown);
    assert.ok(
      down?.state === 'down' &&
        down.error.code === 'REFUSED' &&
        down.error.message.includes('quota exceeded'),
    );
  });

  test('an "unspecified error" that stays is set aside after three connections', async t => {
    const broker = await startRawBroker(t, packet => {
      if (packet.type === CONNECT) return CONNACK_5;
      if (packet.type !== PUBLISH) return undefined;
      return puback(packet, topicOf(packet) === 'event/3' ? 0x80 : 0);
    });
    const { queue } = startPublisher(t, broker.url, FAST);
    queue.append(...entries(6, seq => ({ topic: `event/${seq}` })));
    await queue.empty();
    assert.deepEqual(
      queue.settled
        .map(({ entry, outcome }) => [entry.seq, outcome])
        .filter(([, outcome]) => outcome !== 'published'),
      [[3, 'rejected']],
    );
    assert.equal(broker.connections(), 4);
  });

  test('a broker that answers pings but acknowledges nothing: the connection is ended, the message in the end too', async t => {
    const broker = await startRawBroker(t, packet => {
      if (packet.type === CONNECT) return CONNACK_5;
      if (packet.type !== PUBLISH) return undefined;
      return topicOf(packet) === 'event/2' ? undefined : puback(packet);
    });
    const { queue, states } = startPublisher(t, broker.url, { ...FAST, broker: { ackTimeoutMs: 100 } });
    queue.append(...entries(3, seq => ({ topic: `event/${seq}` })));
    await queue.empty();
    assert.deepEqual(queue.settled.map(({ entry, outcome }) => [entry.seq, outcome]).sort(), [
      [1, 'published'],
      [2, 'rejected'],
      [3, 'published'],
    ]);
    const down = states.find(isDown);
    assert.ok(down?.state === 'down' && down.error.code === 'STALLED');
  });

  test('a message that came just before the look for stuck ones is not taken for one', async t => {
    const clock = createFakeClock();
    const acknowledge: (() => void)[] = [];
    const broker = await startRawBroker(t, (packet, socket) => {
      if (packet.type === CONNECT) return CONNACK_5;
      if (packet.type !== PUBLISH) return undefined;
      if (topicOf(packet) === BRIDGE.topic) return puback(packet);
      acknowledge.push(() => socket.write(Buffer.from(puback(packet))));
      return undefined;
    });
    const { queue, states, until } = startPublisher(t, broker.url, { clock });
    await until(isUp);
    // Once one is through, what a connection begins with is over.
    queue.append(entry());
    while (acknowledge.length === 0) await delay(5);
    acknowledge[0]?.();
    await queue.empty();
    await clock.advance(60_000);
    await clock.advance(59_000);
    queue.append(entry({ seq: 2 }));
    while (acknowledge.length === 1) await delay(5);
    await clock.advance(2_000);
    acknowledge[1]?.();
    await queue.empty();
    assert.deepEqual(new Set(states.map(({ state }) => state)), new Set(['up']));
  });

  test('Receive Maximum 3: never more than 3 are unanswered', async t => {
    let open = 0;
    let most = 0;
    const broker = await startRawBroker(t, (packet, socket) => {
      if (packet.type === CONNECT) return [0x20, 6, 0, 0, 3, 0x21, 0, 3];
      if (packet.type !== PUBLISH) return undefined;
      most = Math.max(most, ++open);
      setTimeout(() => {
        open -= 1;
        socket.write(Buffer.from(puback(packet)));
      }, 5);
      return undefined;
    });
    const { queue } = startPublisher(t, broker.url);
    queue.append(...entries(50));
    await queue.empty();
    assert.equal(most, 3);
  });

  test('a broker that takes no publish at all costs no message', async t => {
    const broker = await startRawBroker(t, ({ type }, socket) => {
      if (type === CONNECT) return CONNACK_5;
      socket.destroy();
      return undefined;
    });
    const { queue, states, until } = startPublisher(t, broker.url, FAST);
    queue.append(...entries(3));
    await until(state => state.state === 'down' && state.attempt === 10);
    assert.deepEqual(queue.settled, []);
    assert.ok(states.some(isUp));
  });
});
