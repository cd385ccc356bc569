// The program's life: exit codes, signals, and a configuration that changes while it runs (DESIGN 2.1, 2.2).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createDevice } from '../../src/simulator/simulator.ts';
import { IN_USE, makeProgram, type Run } from '../support/bridge-process.ts';
import {
  available,
  makeSetting,
  nextEvent,
  retained,
  startCamera,
  wasSaid,
} from '../support/bridge-setting.ts';
import { type EventMessage, emptied, eventsOf, gapsOf, queuedIn, readHealth } from '../support/collector.ts';
import { becomes, eventually } from '../support/eventually.ts';
import { need } from '../support/need.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';
const PLATE = 'tnsaxis:CameraApplicationPlatform/ALPV.AllPlates';
const RELAY = 'tns1:Device/Trigger/Relay';

/** Another device, its entry in a configuration as `back`. */
async function startBack(t: TestContext) {
  const device = createDevice({ serial: 'ACCC8E0000BB' });
  t.after(() => device.stop());
  return { device, camera: await startCamera(device, 'back') };
}

function says(run: Run, text: string): Promise<boolean> {
  return eventually(`the log says ${text}`, () => run.stdout.includes(text));
}

describe('a changed configuration', { ...need('mosquitto'), concurrency: 3, timeout: 240_000 }, () => {
  test('a camera that is added is heard, the others are left alone', async t => {
    const { program, config, device, subscriber } = await makeSetting(t);
    const { camera } = await startBack(t);
    program.start();
    await available(subscriber, 'online');
    program.configure({ ...config, cameras: [...config.cameras, camera] });
    await eventually('events of the new one', () => eventsOf(subscriber.received, 'back')[0]);
    assert.equal(device.stats.rtsp['PLAY'], 1);
  });

  for (const when of ['while it runs', 'while it is down'] as const) {
    test(`a camera removed from the file ${when} takes its retained messages with it`, async t => {
      const { program, config, device, subscriber, broker } = await makeSetting(t);
      const { camera, device: back } = await startBack(t);
      program.configure({ ...config, cameras: [...config.cameras, camera] });
      const of = async (id: string) =>
        [...(await retained(broker)).keys()].filter(topic => topic.startsWith(`axis2mqtt/${id}/`));
      const run = program.start();
      await available(subscriber, 'online');
      // Twelve states, the availability and the info.
      for (const id of ['back', 'entrance'])
        await eventually(`all of ${id} retained`, async () => (await of(id)).length === 14);
      const before = await of('entrance');
      if (when === 'while it is down') await run.end();
      program.configure(config);
      if (when === 'while it is down') program.start();
      await becomes('nothing retained', () => of('back'), []);
      assert.deepEqual(await of('entrance'), before);
      await eventually('it is let go', () => back.connections === 0);
      const plays = when === 'while it runs' ? 1 : 2;
      await eventually('the other is heard', () => device.stats.rtsp['PLAY'] === plays);
    });
  }

  test('retained pulses, and those of a route that came later, go with their camera', async t => {
    const { program, config, device, subscriber, broker } = await makeSetting(t);
    const states = () => eventsOf(subscriber.received, 'entrance').length >= 10;
    program.configure({ ...config, routes: [{ retain: 'all' }] });
    const run = program.start();
    await eventually('the states', states);
    device.emit(PLATE, { data: { text: 'x' } });
    await nextEvent(subscriber, ({ topic }) => topic === PLATE);
    program.configure({ ...config, routes: [{ topic: '{base}/other/{device}/{topic}/{source}' }] });
    await says(run, IN_USE);
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    const other = 'axis2mqtt/other/entrance/Device/IO/Port/port=1';
    await eventually('a state by the new route', () => subscriber.payloads(other)[0]);
    program.configure({
      ...config,
      cameras: [],
      routes: [{ topic: '{base}/other/{device}/{topic}/{source}' }],
    });
    const of = async () => [...(await retained(broker)).keys()].filter(topic => topic.includes('/entrance/'));
    await becomes('nothing retained', of, []);
  });

  test('what is known of a camera stays when one goes whose name begins alike', async t => {
    const { program, config, subscriber } = await makeSetting(t);
    const { camera } = await startBack(t);
    program.configure({ ...config, cameras: [...config.cameras, { ...camera, id: 'ent' }] });
    const run = program.start();
    await available(subscriber, 'online');
    await eventually('the other one', () => eventsOf(subscriber.received, 'ent')[0]);
    program.configure(config);
    await says(run, IN_USE);
    await run.end('SIGKILL');
    program.start();
    const gap = await eventually('a gap', () => gapsOf(subscriber.received, 'entrance')[0]);
    assert.equal(gap.cause, 'bridge');
  });

  test('a bad file changes nothing and is reported; the next good one counts', async t => {
    const { program, config, device, subscriber } = await makeSetting(t);
    const run = program.start();
    await available(subscriber, 'online');
    program.configure('cameras:\n  - {id: entrance, hots: 127.0.0.1}\n');
    await says(run, 'not usable');
    const isIt = ({ path }: Record<string, unknown>) => path === 'cameras[0].hots';
    const problem = await eventually('its problem', () => run.log().find(isIt));
    assert.deepEqual([problem['line'], problem['suggestion'], problem['file']], [2, 'host', program.file]);
    rmSync(program.file);
    await says(run, 'does not exist');
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await nextEvent(subscriber, isOpen);
    program.configure({ ...config, routes: [{ topic: '{base}/other/{device}/{topic}' }] });
    await says(run, IN_USE);
    device.emit(RELAY, { source: { RelayToken: 'AxisRelay1' }, data: { LogicalState: 'active' } });
    const topic = 'axis2mqtt/other/entrance/Device/Trigger/Relay';
    await eventually('the new topic', () => subscriber.payloads(topic)[0]);
    const port = 'axis2mqtt/other/entrance/Device/IO/Port';
    await eventually('a state that was there before', () =>
      subscriber.payloads(port).some(payload => JSON.parse(payload).active === true),
    );
    assert.deepEqual(subscriber.payloads('axis2mqtt/entrance/gap'), []);
  });

  test('no file ends the watch: neither a merge of itself, a pipe, a folder nor a large one', async t => {
    const { program, config, subscriber } = await makeSetting(t);
    const run = program.start();
    await available(subscriber, 'online');
    const fifo = join(program.directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    mkdirSync(join(program.directory, 'folder'));
    const password = { ...config.cameras[0], password: undefined, passwordFile: fifo };
    const bad: [said: string, file: object | string][] = [
      ['nest too deeply', 'defaults: &d {<<: *d}\ncameras: []\n'],
      ['too many values', `a: &a [${'x,'.repeat(1000)}]\nb: &b [${'*a,'.repeat(1000)}]\ncameras: *b\n`],
      ['larger than 1 MiB', `${'#'.repeat(2 ** 21)}\ncameras: []\n`],
      ['is no regular file', { ...config, cameras: [password] }],
    ];
    for (const [said, file] of bad) {
      program.configure(file);
      await says(run, said);
    }
    for (const [said, name] of [
      ['is a folder', 'folder'],
      ['axis2mqtt.yaml","path":"","msg":"configuration: is no regular file', 'fifo'],
    ] as const) {
      renameSync(join(program.directory, name), `${program.file}.new`);
      rmSync(program.file, { recursive: true });
      renameSync(`${program.file}.new`, program.file);
      await says(run, said);
    }
    rmSync(program.file);
    program.configure({ ...config, log: { level: 'debug' } });
    await says(run, IN_USE);
    assert.deepEqual(await run.end(), { code: 0, signal: null });
    await wasSaid(subscriber, 'offline', 'STOPPED');
  });

  test('another dataDir is refused while messages wait in the old one, and taken when they are delivered', async t => {
    const { program, config, subscriber, device, broker, httpPort } = await makeSetting(t, {
      broker: { persistent: true },
    });
    const run = program.start();
    await available(subscriber, 'online');
    await broker.stop();
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await eventually('it waits', async () => queuedIn(await readHealth(httpPort)) > 0);
    program.configure({ ...config, bridge: { dataDir: './other' } });
    await says(run, 'messages still wait in');
    await broker.start();
    await nextEvent(subscriber, isOpen);
    await eventually('none waits', () => emptied(httpPort));
    program.configure({ ...config, bridge: { dataDir: './other' }, log: { level: 'debug' } });
    await says(run, IN_USE);
    assert.ok(existsSync(join(program.directory, 'other', 'queue')));
  });

  test('SIGHUP has the file read again; the log says what changed', async t => {
    const { program, config, subscriber } = await makeSetting(t);
    const run = program.start();
    await available(subscriber, 'online');
    run.signal('SIGHUP');
    await says(run, 'the configuration is unchanged');
    program.configure({ ...config, log: { level: 'debug' }, routes: [{ qos: 0 }] });
    run.signal('SIGHUP');
    await says(run, IN_USE);
    const used = run.log().find(({ msg }) => msg === IN_USE);
    assert.deepEqual(used?.['changes'], { routes: 'changed', log: 'changed' });
  });

  test('a new camera with the ID that another one was found to have is refused, and all goes on', async t => {
    const { program, config, device, subscriber } = await makeSetting(t);
    const { camera } = await startBack(t);
    const [{ id: _, ...unnamed } = {}] = config.cameras;
    program.configure({ ...config, cameras: [unnamed] });
    const run = program.start();
    const open = () => eventsOf(subscriber.received, device.serial).some(isOpen);
    await eventually('a state', () => eventsOf(subscriber.received, device.serial)[0]);
    program.configure({ ...config, cameras: [unnamed, { ...camera, id: device.serial }] });
    await says(run, `is ${device.serial} already`);
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await eventually('an event of the first', open);
    assert.equal(device.stats.rtsp['PLAY'], 1);
    program.configure({ ...config, cameras: [unnamed, camera] });
    await eventually('the other', () => eventsOf(subscriber.received, 'back')[0]);
  });

  test('a changed broker gets what the old one was not sent', async t => {
    const { program, config, device, subscriber, broker } = await makeSetting(t);
    const run = program.start();
    await available(subscriber, 'online');
    const main = { url: broker.url, clientId: 'another' };
    program.configure({ ...config, brokers: { main } });
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await says(run, IN_USE);
    await nextEvent(subscriber, isOpen);
    assert.equal(device.stats.rtsp['PLAY'], 1);
  });

  test('a port that is taken is reported, and the bridge goes on', async t => {
    const { program, config, device, subscriber, httpPort } = await makeSetting(t);
    const taken = await takePort(t);
    const run = program.start();
    await available(subscriber, 'online');
    program.configure({ ...config, http: { port: taken } });
    await says(run, String(taken));
    program.configure({ ...config, http: { port: httpPort }, log: { level: 'debug' } });
    await says(run, IN_USE);
    const from = subscriber.received.length;
    await available(subscriber, 'online');
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await nextEvent(subscriber, isOpen, from);
    assert.deepEqual(await run.end(), { code: 0, signal: null });
  });
});

describe('the end of the program', { ...need('mosquitto'), concurrency: 3, timeout: 240_000 }, () => {
  test('SIGTERM and SIGINT end it with 0', async t => {
    const { program, subscriber } = await makeSetting(t);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const run = program.start();
      const from = subscriber.received.length;
      await wasSaid(subscriber, 'online', undefined, from);
      assert.deepEqual(await run.end(signal), { code: 0, signal: null });
      assert.equal(run.log().at(-1)?.['msg'], 'stopped');
      await wasSaid(subscriber, 'offline', 'STOPPED', from);
    }
  });

  test('a second signal ends it at once, with a broker that does not answer', async t => {
    const { program, broker, device, subscriber } = await makeSetting(t);
    const run = program.start();
    await available(subscriber, 'online');
    broker.freeze();
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    run.signal('SIGTERM');
    await says(run, '"stopping"');
    assert.deepEqual(await run.end('SIGTERM'), { code: 0, signal: null });
    // Without the second signal it waits 5 s for the broker.
    const [stopping, stopped] = run.log().slice(-2);
    assert.deepEqual([stopping?.['msg'], stopped?.['msg']], ['stopping', 'stopped']);
    assert.ok(timeOf(stopped) - timeOf(stopping) < 5_000);
    broker.thaw();
    program.start();
    await nextEvent(subscriber, isOpen);
  });

  test('what cannot be used at the start ends it: 2 for the configuration, 1 for the rest', async t => {
    const { program, config } = await makeSetting(t);
    const cases: [name: string, code: number, said: RegExp, prepare: () => unknown][] = [
      ['a taken port', 2, /cannot listen/, async () => ({ ...config, http: { port: await takePort(t) } })],
      ['a dataDir that is a file', 1, /STORE.*dataDir/, () => file(program.directory, config)],
      ['no cameras', 2, /cameras/, () => ({})],
    ];
    for (const [name, code, said, prepare] of cases) {
      program.configure((await prepare()) as object);
      const run = program.start();
      assert.deepEqual(await run.ended(), { code, signal: null }, `${name}: ${run.stderr}`);
      assert.match(run.stderr, said, name);
    }
    const nowhere = await makeProgram(t);
    assert.equal((await nowhere.start(['run']).ended()).code, 2);
    assert.equal((await nowhere.start(['ran']).ended()).code, 2);
  });

  test('a second bridge on the same data directory ends with 1 and harms nothing', async t => {
    const { program, subscriber, device } = await makeSetting(t);
    program.start();
    await available(subscriber, 'online');
    const second = program.start();
    assert.deepEqual(await second.ended(), { code: 1, signal: null });
    assert.match(second.stderr, /STORE: .*uses it/);
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await nextEvent(subscriber, isOpen);
  });
});

/** The port is open; no device begins with that. */
function isOpen({ topic, active }: EventMessage): boolean {
  return topic === PORT && active === true;
}

function file(directory: string, config: object): object {
  writeFileSync(join(directory, 'a-file'), '');
  return { ...config, bridge: { dataDir: './a-file' } };
}

/** A port that somebody listens on. */
async function takePort(t: TestContext): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Of a log line, in ms. */
function timeOf(line: Record<string, unknown> | undefined): number {
  return Date.parse(String(line?.['time']));
}
