// A broker whose login backend starts after it, and the clients of one bridge that tell each other when it is back.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Logins } from '../../src/mqtt/logins.ts';
import { createReadingConnection } from '../../src/mqtt/reading-connection.ts';
import { createLog } from '../../src/util/log.ts';
import { secret } from '../../src/util/secret.ts';
import { eventually } from '../support/eventually.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { isUp, startPublisher } from '../support/publisher.ts';
import {
  CONNACK_5,
  CONNECT,
  DISCONNECT,
  PINGREQ,
  PINGRESP,
  PUBLISH,
  puback,
  startRawBroker,
} from '../support/raw-broker.ts';

const NOT_AUTHORIZED = [0x20, 3, 0, 0x87, 0];

/** Refuses every login while `ready` is false, and counts the logins. */
async function startBroker(t: TestContext, { ready = true } = {}) {
  const state = { ready, logins: 0, end: () => {} };
  const broker = await startRawBroker(t, (packet, socket) => {
    if (packet.type === CONNECT) {
      state.logins += 1;
      state.end = () => socket.destroy();
      return state.ready ? CONNACK_5 : NOT_AUTHORIZED;
    }
    if (packet.type === DISCONNECT) socket.end();
    if (packet.type === PINGREQ) return PINGRESP;
    return packet.type === PUBLISH ? puback(packet) : undefined;
  });
  return Object.assign(state, { url: broker.url });
}

const LOGIN = { protocolVersion: 5, username: 'bridge', password: secret('right') } as const;

test('what was right before comes back soon after its backend, with three logins in five minutes at most', async t => {
  const broker = await startBroker(t);
  const clock = createFakeClock();
  const publisher = startPublisher(t, broker.url, { broker: LOGIN, clock, random: () => 0.5 });
  await publisher.until(isUp);
  for (const backAfterMs of [15_000, 65_000]) {
    const [states, logins] = [publisher.states.length, broker.logins];
    broker.ready = false;
    broker.end();
    const isRefused = () =>
      publisher.states.slice(states).some(state => 'error' in state && state.error.code === 'BROKER_AUTH');
    await eventually('refused', async () => {
      await clock.advance(100);
      return isRefused();
    });
    await clock.advance(backAfterMs);
    broker.ready = true;
    await clock.advance(60_000);
    await eventually('it is back', () => publisher.states.at(-1)?.state === 'up');
    assert.ok(
      broker.logins - logins <= 4,
      `${broker.logins - logins} logins, the one that was right among them`,
    );
    await clock.advance(300_000);
  }
});

test('a refused server does not keep the other from being tried soon', async t => {
  const [refusing, other] = [await startBroker(t, { ready: false }), await startBroker(t)];
  const clock = createFakeClock();
  const publisher = startPublisher(t, '', {
    broker: { ...LOGIN, servers: ['mqtt://127.0.0.1:9', refusing.url] },
    clock,
    random: () => 0.5,
  });
  await eventually('refused', () => refusing.logins === 1);
  await eventually('the next try', () => publisher.states.length > 0);
  await clock.advance(60_000);
  assert.ok(publisher.states.length > 3, 'the one that is away is tried again');
  assert.equal(refusing.logins, 1);
  const second = startPublisher(t, '', { broker: { ...LOGIN, servers: [refusing.url, other.url] }, clock });
  await second.until(isUp);
});

test('a wrong password goes out once for all clients of a broker', async t => {
  const broker = await startBroker(t, { ready: false });
  const clock = createFakeClock();
  const logins = new Logins(clock);
  const publisher = startPublisher(t, broker.url, { broker: { ...LOGIN, logins }, clock });
  const stop = new AbortController();
  const readers = ['a', 'b'].map(clientId => {
    const options = { ...LOGIN, servers: [broker.url], clientId, logins };
    const reader = createReadingConnection({ broker: options, clock, log: createLog({ level: 'silent' }) });
    return reader.run(stop.signal);
  });
  await eventually('refused', () => publisher.states.length > 0);
  await clock.advance(250_000);
  assert.equal(broker.logins, 1);
  await clock.advance(60_000);
  assert.equal(broker.logins, 2);
  stop.abort();
  await Promise.all(readers);
});

test('a publisher that waits is told by a reader that the broker is back', async t => {
  const broker = await startBroker(t);
  const clock = createFakeClock();
  const logins = new Logins(clock);
  // The longest wait there is, each time.
  const publisher = startPublisher(t, broker.url, {
    broker: { ...LOGIN, logins },
    clock,
    random: () => 0.999,
  });
  await publisher.until(isUp);
  const states = publisher.states.length;
  broker.end();
  await eventually('it waits', () => publisher.states.length > states);
  await clock.advance(0);
  const stop = new AbortController();
  const options = { ...LOGIN, servers: [broker.url], clientId: 'reader', logins };
  const reading = createReadingConnection({ broker: options, clock, log: createLog({ level: 'silent' }) });
  await clock.advance(900);
  assert.equal(publisher.states.at(-1)?.state, 'down');
  const done = reading.run(stop.signal);
  await eventually('told', () => publisher.states.at(-1)?.state === 'up');
  stop.abort();
  await done;
});
