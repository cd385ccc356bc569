// The example of Mosquitto as it stands in config/brokers/: login, access lists, and the way to a public broker; and the
// way to Azure IoT Hub, which a mosquitto plays that takes nothing but its topics.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { connectAsync } from 'mqtt';
import { makeProgram } from '../support/bridge-process.ts';
import { PASSWORD, readExample, startExample } from '../support/broker-example.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { find, need } from '../support/need.ts';
import { tempDir } from '../support/temp.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';
const COUNTER = 'axis2mqtt/entrance/reading/people-counter';
const USERS = ['bridge', 'dashboard', 'alarm', 'counting', 'operations'];

interface Site {
  broker: Mosquitto;
  certificates: Certificates;
  as(username: string): { username: string; password: string; ca: string; rejectUnauthorized: boolean };
}

/** mosquitto with the example's files, in a folder instead of /etc/mosquitto; `bridge` is what lies in conf.d. */
async function startSite(t: TestContext, bridge?: string): Promise<Site> {
  const certificates = makeCertificates(t);
  const etc = await tempDir(t);
  for (const folder of ['certs', 'conf.d', 'lib']) mkdirSync(join(etc, folder));
  copyFileSync(certificates.ca.file, join(etc, 'certs/ca.pem'));
  copyFileSync(certificates.server.cert.file, join(etc, 'certs/server.pem'));
  copyFileSync(certificates.server.key.file, join(etc, 'certs/server.key'));
  writeFileSync(join(etc, 'acl'), readExample('mosquitto/acl'), { mode: 0o600 });
  if (bridge !== undefined) writeFileSync(join(etc, 'conf.d/bridge.conf'), bridge);
  writeFileSync(join(etc, 'passwd'), '', { mode: 0o600 });
  for (const user of USERS)
    execFileSync(find('mosquitto_passwd') ?? '', ['-b', join(etc, 'passwd'), user, `${user}-word`]);
  const text = (port: number) => {
    const changes = {
      'listener 8883': `listener ${port} 127.0.0.1`,
      '/etc/mosquitto': etc,
      '/var/lib/mosquitto/': `${etc}/lib/`,
    };
    return readExample('mosquitto/mosquitto.conf', changes);
  };
  const broker = await startMosquitto(t, { text });
  const as = (username: string) => ({
    ...{ username, password: `${username}-word` },
    ...{ ca: certificates.ca.text, rejectUnauthorized: true },
  });
  return { broker, certificates, as };
}

/** What an account gets to see of everything, by topic. */
async function watch(t: TestContext, url: string, login: object): Promise<Map<string, string>> {
  const client = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 50, ...login });
  t.after(() => client.endAsync(true));
  const seen = new Map<string, string>();
  client.on('message', (topic, payload) => seen.set(topic, payload.toString()));
  await client.subscribeAsync('#', { qos: 1 });
  return seen;
}

async function startBridge(t: TestContext, { broker, certificates }: Site) {
  const { device, config } = await startExample(t, 'mosquitto/axis2mqtt.yaml', {
    'mosquitto.example:8883': `127.0.0.1:${broker.port}`,
    '{id: entrance, ': '{id: entrance, poll: [{api: people-counter, every: 1s}], ',
  });
  const program = await makeProgram(t, config);
  copyFileSync(certificates.ca.file, join(program.directory, 'ca.pem'));
  const run = program.start(undefined, { MQTT_PASSWORD: 'bridge-word', AXIS_PASSWORD: PASSWORD });
  return { device, run };
}

describe('the example of Mosquitto', { ...need('mosquitto'), timeout: 240_000 }, () => {
  test('each account sees just what its list says, and can say nothing that it does not', async t => {
    const site = await startSite(t);
    const url = `mqtts://127.0.0.1:${site.broker.port}`;
    const readers = ['dashboard', 'alarm', 'counting', 'operations'];
    const seen = new Map<string, Map<string, string>>();
    for (const name of readers) seen.set(name, await watch(t, url, site.as(name)));
    const topics = (name: string) => [...(seen.get(name)?.keys() ?? [])];
    const { device, run } = await startBridge(t, site);
    await eventually('a port', () => topics('dashboard').some(topic => topic.includes('/IO/Port/port=1')));
    await eventually('a count', () => topics('counting').some(topic => topic.startsWith(COUNTER)));
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    const changed = /"operation":"changed".*"active":true/;
    const port = 'axis2mqtt/entrance/event/Device/IO/Port/port=1';
    await eventually('a change', () => changed.test(seen.get('alarm')?.get(port) ?? ''));
    await eventually('its state', () => topics('operations').includes('axis2mqtt/bridge/main/state'));
    await eventually('the other camera', () => topics('operations').includes('axis2mqtt/yard/availability'));

    const allowed: Record<string, RegExp> = {
      dashboard: /^axis2mqtt\/[^/]+\/(event\/|reading\/|availability$|gap$)/,
      alarm: /^axis2mqtt\/entrance\/(event\/Device\/IO\/|availability$)/,
      counting: /^axis2mqtt\/[^/]+\/reading\/people-counter/,
      operations: /^axis2mqtt\/(bridge\/|[^/]+\/(availability|info|gap)$)/,
    };
    for (const [name, pattern] of Object.entries(allowed)) {
      assert.ok(topics(name).length > 0, name);
      for (const topic of topics(name)) assert.match(topic, pattern, name);
    }
    // The bridge itself was refused nothing.
    assert.doesNotMatch(site.broker.log(), /Denied PUBLISH from axis2mqtt-main/);
    assert.doesNotMatch(run.stdout, /not authorized/);

    const alarm = await connectAsync(url, { protocolVersion: 5, ...site.as('alarm') });
    t.after(() => alarm.endAsync(true));
    await assert.rejects(alarm.publishAsync(port, 'forged', { qos: 1 }), /Not authorized/);
    const nobody = connectAsync(url, { protocolVersion: 5, ca: site.certificates.ca.text }, false);
    await assert.rejects(nobody, /Not authorized/);
    assert.match(seen.get('alarm')?.get(port) ?? '', changed);
  });

  test('bridge.conf takes what it names to the public broker, under its new name, and nothing else', async t => {
    const outside = makeCertificates(t);
    const { ca, server } = outside;
    const tls = [`cafile ${ca.file}`, `certfile ${server.cert.file}`, `keyfile ${server.key.file}`];
    const users = { lund: 'lund-word', reader: 'reader-word' };
    const acl = ['user lund', 'topic write lund/#', 'user reader', 'topic read #'];
    const remote = await startMosquitto(t, { config: tls, users, acl });
    const login = { username: 'reader', password: 'reader-word', ca: ca.text };
    const seen = await watch(t, `mqtts://127.0.0.1:${remote.port}`, login);
    const site = await startSite(
      t,
      readExample('mosquitto/bridge.conf', {
        'public.example:8883': `127.0.0.1:${remote.port}`,
        '/etc/ssl/certs/ca-certificates.crt': ca.file,
        'CHANGE-ME': 'lund-word',
      }),
    );
    const { device } = await startBridge(t, site);
    const port = 'lund/entrance/event/Device/IO/Port/port=1';
    await eventually('the port', () => seen.has(port));
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await eventually('its change', () => seen.get(port)?.includes('"operation":"changed"'));
    await eventually('the other camera', () => seen.has('lund/yard/availability'));
    await eventually('a count', () => [...seen.keys()].some(topic => topic.includes('/people-counter')));
    for (const topic of seen.keys())
      assert.match(topic, /^lund\/[^/]+\/(availability|reading\/people-counter.*|event\/Device\/IO\/.*)$/);
    assert.doesNotMatch(remote.log(), /Denied PUBLISH/);
  });
});

test('the example of Azure IoT Hub says to IoT Hub nothing but what it takes', {
  ...need('mosquitto'),
  timeout: 240_000,
}, async t => {
  const { ca, server, client } = makeCertificates(t);
  const name = 'HUB.azure-devices.net/axis2mqtt/?api-version=2021-04-12';
  const hub = await startMosquitto(t, {
    config: [
      ...[`cafile ${ca.file}`, `certfile ${server.cert.file}`, `keyfile ${server.key.file}`],
      ...['require_certificate true', 'max_qos 1', 'retain_available false'],
    ],
    acl: [`user ${name}`, 'topic write devices/axis2mqtt/messages/events/#', 'user service', 'topic read #'],
  });
  const tls = { ca: ca.text, cert: client.cert.text, key: client.key.text };
  const seen = await watch(t, `mqtts://127.0.0.1:${hub.port}`, { username: 'service', ...tls });
  const bridge = readExample('azure-iot-hub/bridge.conf', {
    'HUB.azure-devices.net:8883': `127.0.0.1:${hub.port}`,
    '/etc/ssl/certs/ca-certificates.crt': ca.file,
    '/etc/mosquitto/certs/axis2mqtt.pem': client.cert.file,
    '/etc/mosquitto/certs/axis2mqtt.key': client.key.file,
  });
  const local = await startMosquitto(t, { users: { bridge: 'word' }, config: bridge.split('\n') });
  const changes = { '127.0.0.1:1883': `127.0.0.1:${local.port}` };
  const { device, config } = await startExample(t, 'azure-iot-hub/axis2mqtt.yaml', changes);
  const program = await makeProgram(t, config);
  program.start(undefined, { MQTT_PASSWORD: 'word', AXIS_PASSWORD: PASSWORD });
  const topic = (kind: string) =>
    `devices/axis2mqtt/messages/events/$.ct=application%2Fjson&$.ce=utf-8&device=entrance&kind=${kind}`;
  await eventually('a state', () => seen.has(topic('property')));
  device.emit(PORT, { source: { port: 1 }, data: { state: true } });
  await eventually('its change', () => seen.get(topic('property'))?.includes('"operation":"changed"'));
  device.emit('tnsaxis:CameraApplicationPlatform/ALPV.AllPlates', { data: { text: 'x' } });
  await eventually('a pulse', () => seen.has(topic('event')));
  assert.deepEqual([...seen.keys()].toSorted(), [topic('event'), topic('property')]);
  assert.match(hub.log(), /New client connected .* as axis2mqtt \(p2, c\d, k60, u'HUB\.azure-devices\.net/);
  assert.doesNotMatch(hub.log(), /Denied PUBLISH|Received UNSUBSCRIBE|[Cc]lient axis2mqtt (dis|closed|has)/);
});
