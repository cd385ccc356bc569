// What the bridge says when it cannot hear a device: availability, gaps, and what changed meanwhile (DESIGN 1, 3.1, 3.2).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  availabilityOf,
  available,
  makeSetting,
  nextEvent,
  type Setting,
  wasSaid,
} from '../support/bridge-setting.ts';
import { eventsOf, type GapMessage, gapsOf, readHealth } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { need } from '../support/need.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';
const STATE = 'axis2mqtt/bridge/main/state';

/** Waits for the device's first gap after `from` messages, of that cause. */
function gap({ subscriber }: Setting, cause: string, from = 0): Promise<GapMessage> {
  return eventually(`a gap by ${cause}`, () => {
    const [first] = gapsOf(subscriber.received.slice(from), 'entrance');
    if (first !== undefined) assert.equal(first.cause, cause);
    return first;
  });
}

function assertCovers({ from, to, events }: GapMessage, start: number, end: number): void {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  assert.ok(
    fromMs <= start && start - fromMs < 15_000,
    `from ${from}, was heard until ${start - fromMs} ms later`,
  );
  assert.ok(toMs >= end && toMs - end < 15_000, `to ${to}`);
  assert.equal(events, 'unknown');
}

describe('a device that is not heard', { ...need('mosquitto'), concurrency: 3, timeout: 240_000 }, () => {
  test('cut off: offline, then online again with a gap by the network', async t => {
    const setting = await makeSetting(t);
    const { device, subscriber, program } = setting;
    program.start();
    await available(subscriber, 'online');
    const start = Date.now();
    device.drop();
    await wasSaid(subscriber, 'offline', 'CLOSED');
    await available(subscriber, 'online');
    assertCovers(await gap(setting, 'network'), start, start);
    const states = availabilityOf(subscriber.received).map(({ state, reason }) => `${state} ${reason ?? ''}`);
    // Whether the broker saw it starting is a matter of who was first.
    const heard = states.slice(states.indexOf('online '));
    assert.deepEqual(heard, ['online ', 'offline CLOSED', 'online ']);
  });

  test('restarted: a gap by a reboot, told by its boot id', async t => {
    const setting = await makeSetting(t);
    const { device, subscriber, program } = setting;
    program.start();
    await available(subscriber, 'online');
    const start = Date.now();
    await device.reboot({ downMs: 500 });
    const end = Date.now();
    assertCovers(await gap(setting, 'reboot'), start, end);
  });

  test('silent: noticed within 30 s, a gap from when it was last heard', async t => {
    const setting = await makeSetting(t, { device: { session: { timeoutS: 6 } } });
    const { device, subscriber, program } = setting;
    program.start();
    await available(subscriber, 'online');
    const start = Date.now();
    device.stall();
    await available(subscriber, 'offline', 'STALLED');
    const end = Date.now();
    device.resume();
    assertCovers(await gap(setting, 'stalled'), start + 2_000, end);
  });

  test('what changed meanwhile is marked resync, over a restart of the bridge too', async t => {
    const setting = await makeSetting(t);
    const { device, subscriber, program } = setting;
    const change = (state: boolean) => device.emit(PORT, { source: { port: 1 }, data: { state } });
    const resynced = () => eventsOf(subscriber.received, 'entrance').filter(({ resync }) => resync);
    const first = program.start();
    await available(subscriber, 'online');
    await nextEvent(subscriber, ({ topic }) => topic.includes('Storage'));
    await device.stop();
    await available(subscriber, 'offline', 'UNREACHABLE');
    change(true);
    await device.start();
    const event = await nextEvent(subscriber, ({ resync }) => resync === true);
    assert.deepEqual(
      [event.topic, event.operation, event.source, event.active],
      [PORT, 'initialized', { port: 1 }, true],
    );

    await first.end('SIGTERM');
    await available(subscriber, 'offline', 'STOPPED');
    change(false);
    const before = subscriber.received.length;
    program.start();
    await nextEvent(subscriber, ({ resync, active }) => resync === true && active === false, before);
    await gap(setting, 'bridge', before);
    assert.equal(resynced().length, 2);
  });

  test('a wrong password: one failed login, offline, and back at once with the right one', async t => {
    const setting = await makeSetting(t, { camera: { password: 'wrong' } });
    const { device, subscriber, program, config } = setting;
    const run = program.start();
    const { since, source } = await available(subscriber, 'offline', 'AUTH');
    assert.deepEqual([source, availabilityOf(subscriber.received)[0]?.since], ['rtsp', since]);
    assert.equal(run.log().find(({ code }) => code === 'AUTH')?.['retryInS'], 300);
    program.configure({ ...config, cameras: [{ ...config.cameras[0], password: 'pass' }] });
    await available(subscriber, 'online');
    assert.equal(device.stats.failedLogins, 1);
  });

  test('a password changed on the device: one failed login, then a gap', async t => {
    const setting = await makeSetting(t);
    const { device, subscriber, program, config } = setting;
    program.start();
    await available(subscriber, 'online');
    device.setPassword('changed');
    device.drop();
    await available(subscriber, 'offline', 'AUTH');
    assert.equal(device.stats.failedLogins, 1);
    program.configure({ ...config, cameras: [{ ...config.cameras[0], password: 'changed' }] });
    await gap(setting, 'network');
    assert.equal(gapsOf(subscriber.received, 'entrance').length, 1);
  });

  test('a better way that the device lacks is named, with the reason', async t => {
    const setting = await makeSetting(t, {
      device: { http: { omit: ['websocket'] } },
      camera: { source: 'auto' },
    });
    setting.program.start();
    const said = await available(setting.subscriber, 'online');
    assert.deepEqual([said.source, said.passed], ['rtsp', { websocket: 'UNSUPPORTED' }]);
  });

  test('a camera that only has a serial number is told of before it is first heard', async t => {
    const setting = await makeSetting(t);
    const { subscriber, program, config, device } = setting;
    await device.stop();
    const cameras = config.cameras.map(({ id: _, ...camera }) => ({ ...camera, serial: device.serial }));
    program.configure({ ...config, cameras });
    program.start();
    await eventually('unreachable', () =>
      availabilityOf(subscriber.received, device.serial).some(({ reason }) => reason === 'UNREACHABLE'),
    );
    const { devices } = await readHealth(setting.httpPort);
    assert.deepEqual([devices[device.serial]?.state, devices[device.serial]?.received], ['offline', 0]);
  });

  test('another device at its address: offline, and not one of its events', async t => {
    const setting = await makeSetting(t, { camera: { serial: 'ACCC8E0000FF' } });
    const { subscriber, program, config, device } = setting;
    program.start();
    const { message } = await available(subscriber, 'offline', 'WRONG_DEVICE');
    assert.match(message ?? '', /another device/);
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    program.configure({ ...config, cameras: [{ ...config.cameras[0], serial: device.serial }] });
    await available(subscriber, 'online');
    await nextEvent(subscriber, ({ topic }) => topic === PORT);
    assert.deepEqual(gapsOf(subscriber.received, 'entrance'), []);
    assert.ok(
      eventsOf(subscriber.received, 'entrance').every(({ operation }) => operation === 'initialized'),
    );
  });

  test('a device without an id in the configuration goes by its serial number', async t => {
    const setting = await makeSetting(t);
    const { subscriber, program, config, device } = setting;
    program.configure({ ...config, cameras: config.cameras.map(({ id: _, ...camera }) => camera) });
    program.start();
    const event = await eventually('an event', () => eventsOf(subscriber.received, device.serial)[0]);
    assert.equal(event.device, device.serial);
  });

  test('the bridge itself: online, offline by its will when it dies, offline when it stops', async t => {
    const { subscriber, program } = await makeSetting(t);
    const states = () => subscriber.payloads(STATE).map(payload => JSON.parse(payload).state);
    const becomes = (...wanted: string[]) =>
      eventually(`the state is ${wanted.at(-1)}`, () => states().join() === wanted.join());
    const first = program.start();
    await becomes('online');
    await first.end('SIGKILL');
    await becomes('online', 'offline');
    const second = program.start();
    await becomes('online', 'offline', 'online');
    await second.end('SIGTERM');
    await becomes('online', 'offline', 'online', 'offline');
  });
});
