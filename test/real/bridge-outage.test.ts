// Outages: whatever is down, in whatever order it comes up, nothing that the bridge has read is lost or out of order.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Device } from '../../src/simulator/device.ts';
import type { Fleet } from '../../src/simulator/fleet.ts';
import { createFleet } from '../../src/simulator/simulator.ts';
import { makeProgram, type Program } from '../support/bridge-process.ts';
import {
  assertDeviceOrder,
  emptied,
  eventsOf,
  firstsOf,
  gapsOf,
  loadOf,
  missingOf,
  noteLoad,
  queuedIn,
  readHealth,
} from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { mountSmallDisk, needSmallDisk } from '../support/small-disk.ts';
import { type Subscriber, subscribe } from '../support/subscriber.ts';

const RATE = 400;
const UNBOUNDED = { config: ['max_queued_messages 0'], persistent: true };
const LOUD = { id: 'loud', source: 'rtsp', host: '127.0.0.1', username: 'root', password: 'pass' };

interface Setting {
  fleet: Fleet;
  device: Device;
  program: Program;
  httpPort: number;
}

/** A device that is not up yet, and the program configured for it and for a broker at `url`. */
async function makeSetting(t: TestContext, url: string, dataDir = './data'): Promise<Setting> {
  const ports = { httpPort: await freePort(), rtspPort: await freePort() };
  const fleet = createFleet({ count: 1, device: ports });
  const [device = assert.fail()] = fleet.devices;
  t.after(() => fleet.stop());
  const httpPort = await freePort();
  const program = await makeProgram(t, {
    bridge: { dataDir },
    brokers: { main: { url } },
    cameras: [{ ...LOUD, port: ports.httpPort, rtspPort: ports.rtspPort }],
    http: { port: httpPort },
  });
  return { fleet, device, program, httpPort };
}

/** The device sends load, noted, until the returned function is called; that one gives what was noted. */
function load(t: TestContext, { fleet, device }: Setting) {
  const sent = noteLoad(device);
  const ending = new AbortController();
  t.after(() => ending.abort());
  const { done } = fleet.load({ ratePerSecond: RATE, signal: ending.signal });
  return async () => {
    ending.abort();
    await done;
    return sent;
  };
}

/** All of the load has come, once and in order, and no gap was needed. */
async function assertAll(
  { httpPort }: Setting,
  subscriber: Subscriber,
  sent: ReadonlyMap<string, number>,
): Promise<void> {
  const events = () => eventsOf(subscriber.received, 'loud');
  const isHere = () => loadOf(events()).length >= sent.size && missingOf(sent, events()).length === 0;
  await eventually('all of the load', isHere, 60_000).catch(error =>
    assert.deepEqual(missingOf(sent, events()).slice(0, 5), [], String(error)),
  );
  assert.ok(sent.size > RATE, 'too few events for this to mean anything');
  await eventually('as many events as were kept', async () => {
    const health = await emptied(httpPort);
    return health && health.devices['loud']?.kept === firstsOf(events()).length;
  });
  assertDeviceOrder(firstsOf(events()));
  assert.deepEqual(gapsOf(subscriber.received, 'loud'), []);
}

/** Whether the subscriber has all that the bridge has kept. */
async function settled({ httpPort }: Setting, { received }: Subscriber): Promise<boolean> {
  const health = await emptied(httpPort);
  return health !== false && eventsOf(received, 'loud').length >= (health.devices['loud']?.kept ?? 0);
}

describe('outages', { ...need('mosquitto'), concurrency: 2, timeout: 240_000 }, () => {
  for (const [end, name] of [
    ['stop', 'stopped'],
    ['kill', 'killed'],
  ] as const) {
    test(`a broker that is ${name} under load and back after 4 s gets all of it in order`, async t => {
      const broker = await startMosquitto(t, UNBOUNDED);
      const setting = await makeSetting(t, broker.url);
      const subscriber = await subscribe(t, broker.url, { qos: 1 });
      await setting.device.start();
      setting.program.start();
      const endLoad = load(t, setting);
      await eventually('load', () => eventsOf(subscriber.received, 'loud').length > RATE);
      // What a killed broker had acknowledged and not passed on is its loss: none is on its way when it is killed.
      if (end === 'kill') setting.device.stall();
      if (end === 'kill') await eventually('nothing on its way', () => settled(setting, subscriber));
      // Nor its subscriber's session, or the bridge may be back first and find nobody to send to.
      if (end === 'kill') await broker.save();
      await broker[end]();
      setting.device.resume();
      await delay(4000);
      await eventually('a backlog', async () => queuedIn(await readHealth(setting.httpPort)) > 2 * RATE);
      await broker.start();
      await assertAll(setting, subscriber, await endLoad());
    });
  }

  for (const order of ['bridge, device, broker', 'bridge, broker, device', 'device, bridge, broker']) {
    test(`started in the order ${order}: all comes`, async t => {
      const broker = await startMosquitto(t, UNBOUNDED);
      const subscriber = await subscribe(t, broker.url, { qos: 1 });
      await broker.stop();
      const setting = await makeSetting(t, broker.url);
      const { device, program } = setting;
      const endLoad = load(t, setting);
      const starts: Record<string, () => unknown> = {
        bridge: () => program.start(),
        device: () => device.start(),
        broker: () => broker.start(),
      };
      for (const part of order.split(', ')) {
        await starts[part]?.();
        await delay(1500);
      }
      const seen = () => eventsOf(subscriber.received, 'loud').length > 2 * RATE;
      await eventually('load', seen, 40_000);
      await assertAll(setting, subscriber, await endLoad());
    });
  }

  test('cut in the middle of packets again and again, the connection to the broker loses nothing', async t => {
    const broker = await startMosquitto(t, UNBOUNDED);
    const cuts = [20_000, 101, 77_777, 3, 150_001];
    const proxy = await startCutter(t, broker.port, cuts);
    const setting = await makeSetting(t, `mqtt://127.0.0.1:${proxy.port}`);
    const subscriber = await subscribe(t, broker.url, { qos: 1 });
    await setting.device.start();
    setting.program.start();
    const endLoad = load(t, setting);
    await eventually('all cuts', () => proxy.connections() > cuts.length, 60_000);
    await assertAll(setting, subscriber, await endLoad());
  });

  test('a full disk holds the events back; with space again nothing is lost', needSmallDisk(), async t => {
    const broker = await startMosquitto(t, UNBOUNDED);
    const disk = mountSmallDisk(t, 48);
    const setting = await makeSetting(t, broker.url, disk.directory);
    const { device, program } = setting;
    const subscriber = await subscribe(t, broker.url, { qos: 1 });
    await device.start();
    const run = program.start();
    const endLoad = load(t, setting);
    await eventually('load', () => eventsOf(subscriber.received, 'loud').length > RATE);
    await broker.stop();
    const empty = disk.fill();
    await eventually('the store says so', () => run.log().find(({ code }) => code === 'STORE'), 40_000);
    await delay(1500);
    empty();
    await broker.start();
    await assertAll(setting, subscriber, await endLoad());
    assert.equal(run.stderr, '');
  });

  test('on a full disk a bridge starts, and delivers what is queued, once', needSmallDisk(), async t => {
    const broker = await startMosquitto(t, UNBOUNDED);
    const disk = mountSmallDisk(t, 64);
    const setting = await makeSetting(t, broker.url, disk.directory);
    const { device, program, httpPort } = setting;
    const { received } = await subscribe(t, broker.url, { qos: 1 });
    const delivered = () => eventsOf(received, 'loud').length;
    await device.start();
    const first = program.start();
    const endLoad = load(t, setting);
    await eventually('load', () => delivered() > RATE);
    await broker.stop();
    await eventually('a backlog', async () => queuedIn(await readHealth(httpPort)) > 4 * RATE);
    const empty = disk.fill();
    await eventually('the store says so', () => first.log().find(({ code }) => code === 'STORE'));
    await endLoad();
    await first.end('SIGKILL');

    const queued = delivered() + 4 * RATE;
    const second = program.start();
    await broker.start();
    await eventually('what was queued', () => delivered() > queued);
    await eventually('none waits', () => emptied(httpPort));
    // The removal of what came last.
    await delay(1000);
    await second.end('SIGKILL');

    const before = delivered();
    program.start();
    await eventually('connected', async () => {
      const health = await readHealth(httpPort).catch(() => undefined);
      return health?.brokers['main'] === 'up';
    });
    assert.equal(delivered(), before, 'nothing comes again');
    empty();
    device.emit('tns1:Device/tnsaxis:IO/Port', { source: { port: 1 }, data: { state: true } });
    await eventually('what is new', () => delivered() > before);
    await eventually('none waits', () => emptied(httpPort));
  });
});

/** Passes so many bytes of each connection to the target, then resets it; after the last of `cuts` no more. */
async function startCutter(t: TestContext, target: number, cuts: readonly number[]) {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer(client => {
    let left = cuts[count++] ?? Number.POSITIVE_INFINITY;
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    upstream.pipe(client);
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.on('data', chunk => {
      upstream.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) upstream.end(() => client.resetAndDestroy());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => count,
  };
}
