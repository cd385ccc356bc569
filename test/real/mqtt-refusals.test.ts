// Messages that a broker does not take, each by itself: found, set aside or tried again; the rest goes on.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { createFakeClock } from '../support/fake-clock.ts';
import { entries, entry } from '../support/memory-queue.ts';
import { isDown, isUp, startPublisher } from '../support/publisher.ts';
import {
  CONNACK_5,
  CONNECT,
  PUBLISH,
  puback,
  SUBSCRIBE,
  startRawBroker,
  topicOf,
} from '../support/raw-broker.ts';

const FAST = { random: () => 0 };

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
    assert.deepEqual(taken.slice(-4), ['event/3', 'event/4', 'event/5', 'event/6']);
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

  test('a message that is never acknowledged, while later ones are, holds up no other for ever', async t => {
    const broker = await startRawBroker(t, packet => {
      if (packet.type === CONNECT) return CONNACK_5;
      if (packet.type !== PUBLISH) return undefined;
      return topicOf(packet) === 'event/2' ? undefined : puback(packet);
    });
    const { queue, states } = startPublisher(t, broker.url, { ...FAST, broker: { ackTimeoutMs: 150 } });
    for (const one of entries(100, seq => ({ topic: `event/${seq}` }))) {
      queue.append(one);
      await delay(10);
    }
    await queue.empty();
    const rejected = queue.settled.filter(({ outcome }) => outcome !== 'published');
    assert.deepEqual(
      rejected.map(({ entry, outcome }) => [entry.seq, outcome]),
      [[2, 'rejected']],
    );
    const down = states.find(isDown);
    assert.ok(down?.state === 'down' && /but later ones/.test(down.error.message));
  });

  for (const [name, property] of Object.entries({
    'Receive Maximum': [0x21, 0, 0],
    'Maximum Packet Size': [0x27, 0, 0, 0, 0],
  }))
    test(`a ${name} of 0 is a protocol error, and said to be one`, async t => {
      const greeting = [0x20, 3 + property.length, 0, 0, property.length, ...property];
      const broker = await startRawBroker(t, ({ type }) => (type === CONNECT ? greeting : undefined));
      const { until } = startPublisher(t, broker.url, FAST);
      const down = await until(isDown);
      assert.ok(down.state === 'down' && down.error.code === 'PROTOCOL');
      assert.match(down.error.message, new RegExp(`${name} of 0`));
    });

  test('a Receive Maximum that is named twice is one, too', async t => {
    const properties = [0x21, 0, 5, 0x21, 0, 6];
    const broker = await startRawBroker(t, ({ type }) =>
      type === CONNECT ? [0x20, 9, 0, 0, 6, ...properties] : undefined,
    );
    const { until } = startPublisher(t, broker.url, FAST);
    const down = await until(isDown);
    assert.ok(down.state === 'down' && down.error.code === 'PROTOCOL');
  });

  test('an answer that makes no sense costs the message that it answers', async t => {
    const broker = await startRawBroker(t, packet => {
      if (packet.type === CONNECT) return CONNACK_5;
      if (packet.type !== PUBLISH) return undefined;
      return puback(packet, topicOf(packet) === 'event/3' ? 0xc0 : 0);
    });
    const { queue } = startPublisher(t, broker.url, FAST);
    queue.append(...entries(6, seq => ({ topic: `event/${seq}` })));
    await queue.empty();
    const rejected = queue.settled.filter(({ outcome }) => outcome !== 'published');
    assert.deepEqual(
      rejected.map(({ entry }) => entry.seq),
      [3],
    );
  });

  test('a broker that ends the connection at each subscription gets events nevertheless, and nobody else is blamed', async t => {
    const broker = await startRawBroker(t, (packet, socket) => {
      if (packet.type === CONNECT) return CONNACK_5;
      if (packet.type === SUBSCRIBE) socket.destroy();
      return packet.type === PUBLISH ? puback(packet) : undefined;
    });
    const { queue, lines } = startPublisher(t, broker.url, FAST);
    queue.append(...entries(6));
    await queue.empty();
    assert.equal(broker.connections(), 3);
    assert.ok(!lines.some(line => /another client/.test(JSON.stringify(line))));
  });

  test('a DISCONNECT in good order is no wrong login, whatever its number', async t => {
    const broker = await startRawBroker(t, ({ type }) =>
      type === CONNECT ? [...CONNACK_5, 0xe0, 2, 0x04, 0] : undefined,
    );
    const { until } = startPublisher(t, broker.url, FAST);
    const down = await until(isDown);
    assert.ok(down.state === 'down' && down.error.code === 'CLOSED');
  });

  test('a message that came just before the look for stuck ones is not taken for one', async t => {
    const clock = createFakeClock();
    const acknowledge: (() => void)[] = [];
    const broker = await startRawBroker(t, (packet, socket) => {
      if (packet.type === CONNECT) return CONNACK_5;
      if (packet.type !== PUBLISH) return undefined;
      if (topicOf(packet).startsWith('axis2mqtt/bridge/')) return puback(packet);
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
