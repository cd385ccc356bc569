// Making and losing connections to real brokers: versions, servers, logins, TLS, WebSocket, silence, takeover.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createDialer } from '../../src/mqtt/dial.ts';
import { startEmbedded } from '../../src/mqtt/embedded.ts';
import type { PublisherState } from '../../src/mqtt/publisher.ts';
import { systemClock } from '../../src/util/clock.ts';
import { secret } from '../../src/util/secret.ts';
import { makeCertificates } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { entries, entry } from '../support/memory-queue.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { isDown, isUp, type StartedPublisher, startPublisher } from '../support/publisher.ts';
import { CONNACK_5, CONNECT, PUBLISH, puback, startRawBroker } from '../support/raw-broker.ts';
import { subscribe } from '../support/subscriber.ts';
import { startProxy } from '../support/tcp-proxy.ts';

async function downOf({ until, states }: StartedPublisher, from = 0) {
  const state = await until(state => isDown(state) && states.indexOf(state) >= from);
  assert.ok(state.state === 'down');
  return state;
}

describe('connections to mosquitto', need('mosquitto'), () => {
  test('a wrong password: one attempt, then five minutes, and no password anywhere', async t => {
    const broker = await startMosquitto(t, { users: { bridge: 'right' } });
    const proxy = await startProxy(t, broker.port);
    const login = { username: 'bridge', password: secret('wrong-2sd8f') };
    for (const protocolVersion of ['auto', 4] as const) {
      const publisher = startPublisher(t, `mqtt://127.0.0.1:${proxy.port}`, {
        broker: { ...login, protocolVersion },
      });
      const { error, waitMs } = await downOf(publisher);
      assert.equal(error.code, 'BROKER_AUTH');
      assert.match(error.message, /not authorized/);
      assert.equal(waitMs, 300_000);
      assert.ok(!JSON.stringify([publisher.lines, publisher.states, error.stack]).includes('wrong-2sd8f'));
      await publisher.kill();
    }
    assert.equal(proxy.connections(), 2);
  });

  test('nothing listens there yet: it connects once something does', async t => {
    const broker = await startMosquitto(t);
    await broker.stop();
    const publisher = startPublisher(t, broker.url);
    publisher.queue.append(entry());
    assert.equal((await downOf(publisher)).error.code, 'UNREACHABLE');
    await broker.start();
    await publisher.until(isUp);
    await publisher.queue.empty();
    const said = publisher.lines.map(({ msg }) => msg);
    assert.deepEqual(said, ['nothing answers at that address', 'connected to the broker']);
  });

  test('a connection that is closed in good order ends without an error', async t => {
    const broker = await startMosquitto(t);
    const options = { servers: [broker.url], clientId: 'one', protocolVersion: 'auto' } as const;
    const connection = await createDialer({ broker: options, clock: systemClock })(
      new AbortController().signal,
    );
    await connection.close();
    assert.equal(await connection.ended, undefined);
  });

  test('servers of one broker are tried in order', async t => {
    const broker = await startMosquitto(t);
    const servers = [`mqtt://127.0.0.1:${await freePort()}`, broker.url];
    const { until, states } = startPublisher(t, '', { broker: { servers } });
    assert.deepEqual(await until(isUp), { state: 'up', server: broker.url, version: 5 });
    assert.equal(states.length, 1);
  });

  test('a frozen broker is noticed, and what it had not acknowledged is sent to it again', async t => {
    const broker = await startMosquitto(t);
    const publisher = startPublisher(t, broker.url, {
      broker: { keepalive: 1, connectTimeoutMs: 500 },
      random: () => 0,
    });
    await publisher.until(isUp);
    const from = publisher.states.length;
    broker.freeze();
    publisher.queue.append(...entries(10));
    const { error } = await downOf(publisher, from);
    assert.equal(error.code, 'STALLED');
    broker.thaw();
    await publisher.queue.empty();
    assert.ok(publisher.queue.settled.every(({ outcome }) => outcome === 'published'));
  });

  for (const cut of ['stall', 'halfOpen'] as const) {
    test(`a network that swallows everything (${cut}) is noticed`, async t => {
      const broker = await startMosquitto(t);
      const proxy = await startProxy(t, broker.port);
      const url = `mqtt://127.0.0.1:${proxy.port}`;
      const publisher = startPublisher(t, url, { broker: { keepalive: 1 }, random: () => 0 });
      await publisher.until(isUp);
      proxy[cut]();
      publisher.queue.append(...entries(10));
      assert.equal((await downOf(publisher)).error.code, 'STALLED');
      await publisher.queue.empty();
    });
  }

  test('a TLS connection with its own authority and a client certificate', {
    ...need('openssl'),
  }, async t => {
    const { ca, server, client } = makeCertificates(t);
    const config = [`cafile ${ca.file}`, `certfile ${server.cert.file}`, `keyfile ${server.key.file}`];
    const broker = await startMosquitto(t, { config: [...config, 'require_certificate true'] });
    const url = `mqtts://127.0.0.1:${broker.port}`;
    const own = { cert: client.cert.text, key: client.key.text };
    for (const tls of [
      { ca: ca.text, ...own },
      { fingerprint: server.fingerprint, ...own },
      { insecure: true, ...own },
    ]) {
      const { queue, stop } = startPublisher(t, url, { broker: { tls } });
      queue.append(...entries(100));
      await queue.empty();
      await stop();
    }
    const stranger = await downOf(startPublisher(t, url));
    assert.deepEqual([stranger.error.code, stranger.waitMs], ['TLS', 300_000]);
    const nameless = await downOf(startPublisher(t, url, { broker: { tls: { ca: ca.text } } }));
    assert.equal(nameless.error.code, 'TLS');
  });

  for (const scheme of ['ws', 'wss'] as const) {
    test(`a WebSocket (${scheme}) carries the same`, { ...need('openssl') }, async t => {
      const { ca, server } = makeCertificates(t);
      const files = [`certfile ${server.cert.file}`, `keyfile ${server.key.file}`];
      const port = await freePort();
      const config = [
        `listener ${port} 127.0.0.1`,
        'protocol websockets',
        ...(scheme === 'wss' ? files : []),
      ];
      await startMosquitto(t, { config });
      const url = `${scheme}://127.0.0.1:${port}/mqtt`;
      const { queue, stop } = startPublisher(t, url, { broker: { tls: { ca: ca.text } } });
      queue.append(...entries(3_000));
      await queue.empty();
      assert.ok(queue.settled.every(({ outcome }) => outcome === 'published'));
      await stop();
    });
  }

  for (const protocolVersion of [4, 5] as const) {
    test(`MQTT ${protocolVersion}, two bridges with one client ID: one gives in for five minutes and says why`, async t => {
      const broker = await startMosquitto(t);
      const options = { broker: { protocolVersion }, random: () => 0.1 };
      const first = startPublisher(t, broker.url, options);
      await first.until(isUp);
      const second = startPublisher(t, broker.url, options);
      const isGivenIn = (state: PublisherState) => state.state === 'down' && state.waitMs === 300_000;
      const loser = await Promise.race(
        [first, second].map(bridge => bridge.until(isGivenIn).then(() => bridge)),
      );
      const winner = loser === first ? second : first;
      winner.queue.append(...entries(100));
      await winner.queue.empty();
      const told = loser.lines.filter(({ detail }) => String(detail).includes('another client'));
      assert.deepEqual(
        told.map(({ code }) => code),
        ['BROKER_REFUSED'],
      );
    });
  }

  test('losses and returns are told once each', async t => {
    const broker = await startMosquitto(t);
    const proxy = await startProxy(t, broker.port);
    const publisher = startPublisher(t, `mqtt://127.0.0.1:${proxy.port}`, { random: () => 0 });
    await publisher.until(isUp);
    proxy.refuse(true);
    proxy.reset();
    await publisher.until(state => state.state === 'down' && state.attempt === 20);
    proxy.refuse(false);
    await publisher.until(state => state === publisher.states.at(-1) && isUp(state));
    const said = publisher.lines.map(({ msg }) => msg);
    assert.deepEqual(said, [
      'connected to the broker',
      'it closed the connection',
      'connected to the broker',
    ]);
  });
});

describe('connections to other brokers', () => {
  test('auto: a broker that knows only 3.1.1 and says so (the embedded one)', async t => {
    const broker = await startEmbedded({ host: '127.0.0.1', port: 0 });
    t.after(broker.close);
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const subscriber = await subscribe(t, url, { protocolVersion: 4 });
    const { queue, until, states } = startPublisher(t, url);
    queue.append(...entries(100));
    await queue.empty();
    assert.deepEqual(await until(isUp), { state: 'up', server: url, version: 4 });
    assert.equal(states.length, 1);
    await subscriber.until(received => received.length === 101);
  });

  test('auto: a broker that closes on MQTT 5 without a word', async t => {
    const broker = await startRawBroker(t, (packet, socket) => {
      if (packet.type === PUBLISH) return puback(packet).slice(0, 4).with(1, 2);
      if (packet.type !== CONNECT) return undefined;
      if (packet.body[6] === 4) return [0x20, 2, 0, 0];
      socket.destroy();
      return undefined;
    });
    const { queue, until } = startPublisher(t, broker.url);
    queue.append(entry());
    await queue.empty();
    assert.deepEqual(await until(isUp), { state: 'up', server: broker.url, version: 4 });
    assert.equal(broker.connections(), 2);
  });

  test('a broker that says in MQTT 5 that another client took over: told so, and five minutes', async t => {
    const broker = await startRawBroker(t, ({ type }) =>
      type === CONNECT ? [...CONNACK_5, 0xe0, 1, 0x8e] : undefined,
    );
    const { error, waitMs } = await downOf(startPublisher(t, broker.url));
    assert.equal(error.code, 'BROKER_REFUSED');
    assert.match(error.message, /took over.*clientId/);
    assert.equal(waitMs, 300_000);
  });

  test('a broker that never answers: TIMEOUT', async t => {
    const broker = await startRawBroker(t, () => undefined);
    const { error } = await downOf(startPublisher(t, broker.url, { broker: { connectTimeoutMs: 100 } }));
    assert.equal(error.code, 'TIMEOUT');
  });

  test('something else that listens there: PROTOCOL', async t => {
    const broker = await startRawBroker(t, () => [...Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]);
    const { error } = await downOf(startPublisher(t, broker.url));
    assert.equal(error.code, 'PROTOCOL');
  });

  test('an answer that announces 200 MiB: refused at once', async t => {
    const broker = await startRawBroker(t, () => [0x30, 0xff, 0xff, 0xff, 0x64, 0, 1, 65]);
    const { error } = await downOf(startPublisher(t, broker.url));
    assert.equal(error.code, 'TOO_LARGE');
  });

  test('a busy broker is asked again soon, in MQTT 5 and when it says so in a DISCONNECT', async t => {
    for (const answer of [
      [0x20, 3, 0, 0x89, 0],
      [...CONNACK_5, 0xe0, 1, 0x8b],
    ]) {
      const broker = await startRawBroker(t, ({ type }) => (type === CONNECT ? answer : undefined));
      const { error, waitMs } = await downOf(
        startPublisher(t, broker.url, { broker: { protocolVersion: 5 } }),
      );
      assert.equal(error.code, 'REFUSED');
      assert.match(error.message, /busy|shutting down/);
      assert.ok(waitMs <= 1_000);
    }
  });
});
