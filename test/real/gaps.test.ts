// Gaps are true: whatever a device said that did not come, it said within a gap (DESIGN 1).
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Device } from '../../src/simulator/device.ts';
import { createDevice } from '../../src/simulator/simulator.ts';
import { IN_USE, type Run } from '../support/bridge-process.ts';
import { available, makeSetting, type Setting, startCamera } from '../support/bridge-setting.ts';
import { assertAnnounced, emptied, eventsOf, gapsOf, loadOf, missingOf } from '../support/collector.ts';
import { publishing } from '../support/device-mqtt.ts';
import { eventually } from '../support/eventually.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { mountSmallDisk, needSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const PULSE = 'tns1:Device/tnsaxis:Load/Pulse';
const EVERY_MS = 10;
const HOUR_MS = 3_600_000;

interface Scene extends Setting {
  /** Of the device's stream. */
  proxy: TcpProxy;
  run: Run;
  /** The device says its numbers until this is called; gives when it said which. */
  end(): Promise<ReadonlyMap<string, number>>;
}

interface BeginOptions {
  /** How long (ms) all takes in either direction. */
  delayMs?: number;
  env?: Record<string, string>;
  dataDir?: string;
}

/** A device that is heard, by a proxy, and says one number after the other, heard or not. */
async function begin(
  t: TestContext,
  source: string,
  { delayMs = 0, env = {}, dataDir = './data' }: BeginOptions = {},
): Promise<Scene> {
  const setting = await makeSetting(t, { camera: { source }, config: { bridge: { dataDir } } });
  const { program, config, device, subscriber } = setting;
  const [camera = assert.fail()] = config.cameras;
  const name = source === 'rtsp' ? 'rtspPort' : 'port';
  const proxy = await startProxy(t, Number(camera[name]));
  proxy.delay(delayMs);
  program.configure({ ...config, cameras: [{ ...camera, [name]: proxy.port }] });
  const run = program.start(undefined, env);
  await available(subscriber, 'online');
  return { ...setting, proxy, run, end: sayNumbers(t, device) };
}

/** Fills the disk and what the store has taken of it, with no broker to take anything; the result undoes both. */
async function fill(
  disk: SmallDisk,
  { run, device, broker }: Pick<Scene, 'run' | 'device' | 'broker'>,
): Promise<() => void> {
  broker.freeze();
  const empty = disk.fill();
  await eventually('the store says so', () => {
    device.burst(500);
    return run.log().find(({ code }) => code === 'STORE');
  });
  return () => {
    empty();
    broker.thaw();
  };
}

function sayNumbers(t: TestContext, device: Device): Scene['end'] {
  const sent = new Map<string, number>();
  const send = device.prepare(PULSE, { source: { port: 1 }, dataNames: ['state', 'count', 'sent'] });
  const ending = new AbortController();
  t.after(() => ending.abort());
  const run = async () => {
    for (let number = 1; !ending.signal.aborted; number++, await delay(EVERY_MS)) {
      const now = Date.now();
      sent.set(`${PULSE} ${number}`, now);
      send(['1', String(number), String(now * 1000)]);
    }
  };
  const done = run();
  return async () => {
    ending.abort();
    await done;
    return sent;
  };
}

/**
 * Once the device is heard again, what is missing was said within the gaps, and something is. `ownTime` gives a time by
 * the bridge's clock.
 */
async function assertTold(
  { end, subscriber, httpPort }: Scene,
  from: number,
  ownTime = (time: number) => time,
): Promise<void> {
  await eventually(
    'events after it',
    () => eventsOf(subscriber.received.slice(from), 'entrance').length > 50,
  );
  const sent = await end();
  const last = [...sent.keys()].at(-1);
  const events = () => eventsOf(subscriber.received, 'entrance');
  const hasLast = () => loadOf(events()).some(({ topic, data }) => `${topic} ${data['count']}` === last);
  await eventually('the last number', hasLast);
  await eventually('nothing queued', () => emptied(httpPort));
  const missing = missingOf(sent, events()).map(({ name, at }) => ({ name, at: ownTime(at) }));
  assert.ok(missing.length > 50, `too few are missing for this to mean anything: ${missing.length}`);
  assertAnnounced(missing, gapsOf(subscriber.received, 'entrance'));
}

describe('what is lost lies in a gap', { ...need('mosquitto'), concurrency: 4, timeout: 240_000 }, () => {
  for (const source of ['rtsp', 'websocket', 'pullpoint']) {
    test(`by ${source}, where the bridge was stopped and went on, and the device has dropped the stream`, async t => {
      const scene = await begin(t, source);
      const { run, device, subscriber } = scene;
      await delay(1_000);
      run.signal('SIGSTOP');
      await delay(2_000);
      device.drop();
      await delay(4_000);
      const from = subscriber.received.length;
      run.signal('SIGCONT');
      await eventually('a gap', () => gapsOf(subscriber.received.slice(from), 'entrance')[0]);
      await assertTold(scene, subscriber.received.length);
    });

    test(`by ${source}, where its link was held, and the bridge then killed`, async t => {
      const scene = await begin(t, source);
      const { run, proxy, program, subscriber } = scene;
      await delay(1_000);
      proxy.stall();
      await delay(6_000);
      await run.end('SIGKILL');
      program.start();
      await eventually('a gap', () => gapsOf(subscriber.received, 'entrance')[0]);
      await assertTold(scene, subscriber.received.length);
    });

    test(`by ${source}, where what it says is long on its way, and the connection breaks`, async t => {
      const scene = await begin(t, source, { delayMs: 1_500 });
      const { proxy, device, subscriber } = scene;
      await eventually('events', () => eventsOf(subscriber.received, 'entrance').length > 100);
      proxy.reset();
      // A pull point would outlive it.
      device.drop();
      await eventually('a gap', () => gapsOf(subscriber.received, 'entrance')[0]);
      await assertTold(scene, subscriber.received.length);
    });

    test(
      `by ${source}, where the disk was full, and the device has dropped the stream`,
      needSmallDisk(),
      async t => {
        const disk = mountSmallDisk(t, 48);
        const scene = await begin(t, source, { dataDir: disk.directory });
        const { device, subscriber } = scene;
        const empty = await fill(disk, scene);
        await delay(4_000);
        device.drop();
        await delay(2_000);
        empty();
        await eventually('a gap', () => gapsOf(subscriber.received, 'entrance')[0]);
        await assertTold(scene, subscriber.received.length);
      },
    );

    test(`by ${source}, by the clock of the bridge, which was set back`, async t => {
      const scene = await begin(t, source, { env: { NODE_OPTIONS: `--import ${SET_BACK}` } });
      const { run, device, subscriber } = scene;
      await delay(1_000);
      run.signal('SIGUSR2');
      const setBack = Date.now();
      await delay(100);
      await device.stop();
      await delay(2_000);
      await device.start();
      await eventually('a gap', () => gapsOf(subscriber.received, 'entrance')[0]);
      const ownTime = (time: number) => (time < setBack ? time : time - HOUR_MS);
      await assertTold(scene, subscriber.received.length, ownTime);
    });
  }

  test('by device-mqtt, where the link to its broker was held, and the bridge then killed', async t => {
    const site = await startMosquitto(t);
    const proxy = await startProxy(t, site.port);
    const { program, config, device, subscriber, ...setting } = await makeSetting(t, {
      device: publishing(site.port),
      camera: { source: 'device-mqtt', deviceMqtt: { broker: 'site' } },
      config: { routes: [{ broker: 'main' }] },
    });
    const brokers = { ...Object(config['brokers']), site: { url: `mqtt://127.0.0.1:${proxy.port}` } };
    program.configure({ ...config, brokers });
    const run = program.start();
    await available(subscriber, 'online');
    const end = sayNumbers(t, device);
    await delay(1_000);
    proxy.stall();
    await delay(6_000);
    await run.end('SIGKILL');
    program.start();
    await eventually('a gap', () => gapsOf(subscriber.received, 'entrance')[0]);
    await assertTold(
      { ...setting, program, config, device, subscriber, proxy, run, end },
      subscriber.received.length,
    );
  });
});

test('a camera that is reconfigured while the disk is full waits for nothing, and keeps its gap', {
  ...need('mosquitto'),
  ...needSmallDisk(),
  timeout: 240_000,
}, async t => {
  const disk = mountSmallDisk(t, 48);
  const poll = [{ api: 'temperature', every: '1s', publish: 'always' }];
  const setting = await makeSetting(t, { camera: { poll }, config: { bridge: { dataDir: disk.directory } } });
  const { program, config, subscriber } = setting;
  const back = createDevice({ serial: 'ACCC8E0000BB' });
  t.after(() => back.stop());
  const [camera = assert.fail()] = config.cameras;
  program.configure({ ...config, cameras: [camera, await startCamera(back, 'back')] });
  const run = program.start();
  await available(subscriber, 'online');
  await eventually('a reading', () => subscriber.received.find(({ topic }) => topic.includes('/reading/')));
  const empty = await fill(disk, { ...setting, run });
  const stopped = Date.now();
  program.configure({ ...config, cameras: [{ ...camera, labels: { site: 'lund' } }] });
  await eventually('the change in use', () => run.stdout.includes(IN_USE));
  await delay(2_000);
  const changed = Date.now();
  empty();
  const gap = await eventually('a gap', () => gapsOf(subscriber.received, 'entrance')[0]);
  assert.equal(gap.cause, 'bridge');
  assert.ok(Date.parse(gap.from) <= stopped && Date.parse(gap.to) <= changed, JSON.stringify(gap));
});

/** A module by which a process's clock is set back by an hour at SIGUSR2. */
const SET_BACK = `data:text/javascript,${encodeURIComponent(`
  const now = Date.now;
  let correction = 0;
  Date.now = () => now() + correction;
  process.on('SIGUSR2', () => { correction -= ${HOUR_MS}; });
`)}`;
