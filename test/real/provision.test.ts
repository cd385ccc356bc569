// `axis2mqtt provision` on a simulated device and a real broker: the difference, the change, and what was there before.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { runCli } from '../../src/cli/cli.ts';
import type { MqttOptions } from '../../src/simulator/mqtt/state.ts';
import { createDeviceMqtt } from '../../src/sources/device-mqtt/device-mqtt.ts';
import { createHunt } from '../support/canary.ts';
import { hear, startDevice, startReader } from '../support/device-mqtt.ts';
import { until } from '../support/listen.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { subscribe } from '../support/subscriber.ts';
import { tempDir } from '../support/temp.ts';

const FOREIGN = { topicFilter: 'axis:Storage//.', qos: 2, retain: 'all' };
const PORT = 'tns1:Device/tnsaxis:IO/Port';

interface Asked {
  mqtt?: MqttOptions;
  users?: Record<string, string>;
}

/** A broker, a device and a configuration that names both. */
async function makeSetting(t: TestContext, { mqtt = {}, users }: Asked = {}) {
  const broker = await startMosquitto(t, users === undefined ? {} : { users });
  const { device, httpPort } = await startDevice(t, { mqtt });
  const directory = await tempDir(t);
  const dataDir = join(directory, 'data');
  const file = join(directory, 'axis2mqtt.yaml');
  const camera = { id: 'yard', host: '127.0.0.1', port: httpPort, username: 'root', password: 'pass' };
  const config = {
    bridge: { dataDir },
    brokers: { main: { url: broker.url } },
    cameras: [{ ...camera, events: { include: ['tns1:Device/**'] } }],
  };
  writeFileSync(file, JSON.stringify(config));
  const run = async (...options: string[]) => {
    const said: Record<'out' | 'err', string[]> = { out: [], err: [] };
    const terminal = {
      out: (text: string) => void said.out.push(text),
      err: (text: string) => void said.err.push(text),
      env: {},
      color: false,
    };
    const code = await runCli(['provision', 'yard', '--config', file, ...options], terminal);
    return { code, out: said.out.join(''), err: said.err.join('') };
  };
  const saved = () => readdirSync(join(dataDir, 'provision')).map(name => join(dataDir, 'provision', name));
  return { broker, device, directory, run, saved };
}

describe('provision', need('mosquitto'), () => {
  test('changes nothing by itself, and says what it would change', async t => {
    const { run, directory } = await makeSetting(t, {
      mqtt: { publication: { eventFilterList: [FOREIGN] } },
    });
    const { code, out } = await run();
    assert.equal(code, 0);
    assert.match(out, /~ broker: none → tcp:\/\/127\.0\.0\.1:\d+\n/);
    assert.match(out, / {4}axis:Storage\/\/\. {2}qos 2, retain all\n/);
    assert.match(out, /\+ onvif:Device\/\/\. {2}qos 1, retain property\n/);
    assert.equal((await run()).out, out);
    assert.deepEqual(readdirSync(directory), ['axis2mqtt.yaml']);
  });

  test('applied: the device connects, others’ filters are kept, and what was there lies in a file of ours alone', async t => {
    const { broker, device, run, saved } = await makeSetting(t, {
      mqtt: { publication: { eventFilterList: [FOREIGN] }, notConnected: 'not connected' },
    });
    const { code, out, err } = await run('--apply', '--json');
    assert.equal(code, 0, err);
    const { applied, saved: file, added, kept } = JSON.parse(out);
    assert.equal(applied, true);
    assert.deepEqual([added.length, kept], [1, [FOREIGN]]);
    assert.deepEqual(saved(), [file]);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const before = JSON.parse(readFileSync(file, 'utf8'));
    assert.deepEqual(before.publication.eventFilterList, [FOREIGN]);
    assert.equal(before.client.server.host, '');
    const { subscribe: read } = startReader(t, broker.url);
    const source = createDeviceMqtt({ subscribe: read, serial: device.serial });
    const { emitted, opened } = hear(t, device, { source });
    await until(() => opened.length === 1);
    device.emit(PORT, { source: { port: 9 }, data: { state: true } });
    device.emit('tnsaxis:Storage/Alert', { source: { disk_id: 'X' }, data: { alert: true } });
    await until(() => emitted.some(({ source: [port] }) => port?.value === '9'));
    await until(() => emitted.some(({ topic }) => topic === 'tnsaxis:Storage/Alert'));
    const again = await run('--apply');
    assert.match(again.out, /nothing has to change/);
    assert.equal(saved().length, 1);
  });

  test('the password for the broker is nowhere but in the device', async t => {
    const hunt = createHunt();
    const password = hunt.plant('broker password');
    const { broker, device, directory, run } = await makeSetting(t, {
      users: { cam: password, watcher: 'w' },
    });
    const file = join(await tempDir(t), 'password');
    writeFileSync(file, `${password}\n`, { mode: 0o600 });
    const login = ['--mqtt-username', 'cam', '--mqtt-password-file', file];
    const refused = await run('--apply', ...login);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /https: true/);
    const { code, out, err } = await run('--apply', ...login, '--insecure');
    assert.equal(code, 0, err);
    const watcher = await subscribe(t, broker.url, { filter: 'axis/#', username: 'watcher', password: 'w' });
    await watcher.until(received => received.some(({ payload }) => payload.includes('"connected":true')));
    hunt.add('output', out + err + refused.err);
    hunt.add('requests', JSON.stringify(device.stats));
    hunt.addMessages('broker', watcher.received);
    hunt.addFolder(directory, []);
    assert.ok(hunt.size() > 1000);
    assert.deepEqual(hunt.found(), []);
  });

  test('does not take a device from others unless it is told to', async t => {
    const other = await startMosquitto(t);
    const { run, directory } = await makeSetting(t, {
      mqtt: { active: true, client: { server: { protocol: 'tcp', host: '127.0.0.1', port: other.port } } },
    });
    const refused = await run('--apply');
    assert.equal(refused.code, 1);
    assert.match(refused.err, /--take-over/);
    assert.match((await run()).out, /~ broker: tcp:/);
    assert.deepEqual(readdirSync(directory), ['axis2mqtt.yaml']);
    assert.equal((await run('--apply', '--take-over')).code, 0);
  });

  test('a device that does not get through is an error that names where the old settings are', async t => {
    const { run, saved } = await makeSetting(t, { users: { cam: 'right' } });
    const { code, err } = await run('--apply');
    assert.equal(code, 1);
    assert.match(err, /does not get through to tcp:.*kept in/);
    assert.equal(saved().length, 1);
  });

  test('wants one camera of the configuration', async t => {
    const { run } = await makeSetting(t);
    const { code, err } = await run('another');
    assert.equal(code, 2);
    assert.match(err, /name one camera/);
  });
});
