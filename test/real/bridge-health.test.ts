// Never green while nothing goes through: the bridge's state, its devices, its pages, metrics and log say so.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { available, makeSetting, type Setting } from '../support/bridge-setting.ts';
import { becomes, eventually } from '../support/eventually.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { mountSmallDisk, needSmallDisk } from '../support/small-disk.ts';

const LOGIN = { username: 'bridge', password: 'right' };

async function page({ httpPort }: Setting, path: string) {
  const response = await fetch(`http://127.0.0.1:${httpPort}${path}`);
  return { status: response.status, text: await response.text() };
}

/** What the page says of readiness: its status, and the reasons. */
async function readiness(setting: Setting) {
  const { status, text } = await page(setting, '/ready');
  const { reasons } = JSON.parse(text) as { reasons: { reason: string; broker?: string }[] };
  return { status, reasons: reasons.map(({ reason, broker }) => (broker ? `${reason} ${broker}` : reason)) };
}

function bridgeState({ subscriber }: Setting): string[] {
  const states = subscriber.payloads('axis2mqtt/bridge/main/state').map(payload => JSON.parse(payload));
  return states.map(({ state, reason = '' }) => `${state} ${reason}`.trim());
}

/** A second broker beside that of the setting. */
async function withSecond(t: TestContext, options: Parameters<typeof startMosquitto>[1]) {
  const second = await startMosquitto(t, options);
  const setting = await makeSetting(t);
  const { config, program } = setting;
  const brokers = { ...Object(config['brokers']), second: { url: second.url, ...LOGIN } };
  program.configure({ ...config, brokers });
  return { setting, second };
}

describe('nothing goes through', { ...need('mosquitto'), timeout: 240_000 }, () => {
  test('all is well: ready, online, no trouble', async t => {
    const setting = await makeSetting(t);
    setting.program.start();
    await available(setting.subscriber, 'online');
    assert.deepEqual(await readiness(setting), { status: 200, reasons: [] });
    assert.deepEqual(JSON.parse((await page(setting, '/health')).text).troubles, []);
    assert.match((await page(setting, '/metrics')).text, /^axis2mqtt_ready 1$/m);
    assert.deepEqual(bridgeState(setting).at(-1), 'online');
  });

  test('a broker denies every publish, until it does not', async t => {
    const allowed = ['user bridge', 'topic write axis2mqtt/#', 'topic read axis2mqtt/bridge/#'];
    const { setting, second } = await withSecond(t, {
      users: { [LOGIN.username]: LOGIN.password },
      acl: ['user bridge', 'topic read axis2mqtt/bridge/#'],
    });
    const { program, subscriber } = setting;
    const run = program.start();
    const degraded = await available(subscriber, 'degraded', 'BROKER_DENIED');
    assert.match(degraded.message ?? '', /second/);
    await becomes('the bridge’s state', () => bridgeState(setting).at(-1), 'degraded BROKER_DENIED');
    assert.deepEqual(await readiness(setting), { status: 503, reasons: ['BROKER_DENIED second'] });
    const { status, text } = await page(setting, '/health');
    const health = JSON.parse(text);
    assert.deepEqual([status, health.troubles[0].reason], [200, 'BROKER_DENIED']);
    assert.equal(health.devices.entrance.state, 'degraded');
    const metrics = (await page(setting, '/metrics')).text;
    assert.match(metrics, /^axis2mqtt_trouble\{reason="BROKER_DENIED",broker="second"\} 1$/m);
    assert.match(metrics, /^axis2mqtt_ready 0$/m);
    const line = run.log().find(({ code, level }) => code === 'BROKER_DENIED' && level === 50);
    assert.equal(line?.['broker'], 'second');
    second.setAcl(allowed);
    // The broker reads the list when it comes to it.
    await eventually('it goes through', () => {
      setting.device.emit('tns1:Device/tnsaxis:IO/Port', { source: { port: 1 }, data: { state: true } });
      return run.stdout.includes('messages go through again');
    });
    await available(subscriber, 'online');
    await becomes('the bridge’s state', () => bridgeState(setting).at(-1), 'online');
    assert.deepEqual(await readiness(setting), { status: 200, reasons: [] });
    assert.deepEqual(await run.end(), { code: 0, signal: null });
    await becomes('its last word', () => bridgeState(setting).at(-1), 'offline');
  });

  test('a broker is not there: not ready; its devices are heard all the same', async t => {
    const { setting, second } = await withSecond(t, { users: { [LOGIN.username]: LOGIN.password } });
    await second.kill();
    setting.program.start();
    await available(setting.subscriber, 'online');
    await becomes('readiness', () => readiness(setting), { status: 503, reasons: ['UNREACHABLE second'] });
    await second.start();
    await becomes('readiness', () => readiness(setting), { status: 200, reasons: [] });
  });

  test('a login that was right in an earlier run is tried again soon, another one is not', async t => {
    const { setting, second } = await withSecond(t, { users: { [LOGIN.username]: LOGIN.password } });
    const { program, config } = setting;
    const first = program.start();
    await available(setting.subscriber, 'online');
    await becomes('readiness', () => readiness(setting), { status: 200, reasons: [] });
    await first.end();
    second.setPassword(LOGIN.username, 'another');
    const waitMs = async () => {
      const run = program.start();
      const isRefused = ({ code }: Record<string, unknown>) => code === 'BROKER_AUTH';
      const line = await eventually('refused', () => run.log().find(isRefused));
      await run.end();
      return Number(line['waitMs']);
    };
    assert.ok((await waitMs()) <= 20_000);
    const brokers = {
      ...Object(config['brokers']),
      second: { url: second.url, ...LOGIN, password: 'wrong' },
    };
    program.configure({ ...config, brokers });
    assert.ok((await waitMs()) > 290_000);
  });

  test('the disk is full, and has room again', needSmallDisk(), async t => {
    const disk = mountSmallDisk(t, 48);
    const setting = await makeSetting(t, { config: { bridge: { dataDir: disk.directory } } });
    const { program, subscriber, device, config } = setting;
    // What waits for a broker that is away fills what the store had kept for itself.
    const brokers = { ...Object(config['brokers']), away: { url: 'mqtt://127.0.0.1:9' } };
    program.configure({ ...config, brokers });
    const run = program.start();
    await available(subscriber, 'online');
    const empty = disk.fill();
    const text = 'x'.repeat(100_000);
    await eventually('the store says so', () => {
      device.emit('tnsaxis:CameraApplicationPlatform/ALPV.AllPlates', { data: { text } });
      return run.log().some(({ code }) => code === 'STORE');
    });
    await available(subscriber, 'degraded', 'STORE');
    const { status, reasons } = await readiness(setting);
    assert.deepEqual([status, reasons.includes('STORE')], [503, true]);
    await becomes('the bridge’s state', () => bridgeState(setting).includes('degraded STORE'), true);
    empty();
    await available(subscriber, 'online');
    await eventually('all but the broker that is away', async () => {
      return !(await readiness(setting)).reasons.includes('STORE');
    });
    assert.ok(run.log().some(({ msg }) => msg === 'the queue is written again'));
  });
});
