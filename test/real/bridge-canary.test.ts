// No password leaves the bridge: planted ones are looked for in every byte that comes out of it, whatever goes wrong.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { connectAsync } from 'mqtt';
import type { AuthOptions, DeviceOptions } from '../../src/simulator/options.ts';
import { createDevice } from '../../src/simulator/simulator.ts';
import { makeProgram, type Run } from '../support/bridge-process.ts';
import { createHunt, type Hunt, startTap } from '../support/canary.ts';
import { collectOutput, collectRun } from '../support/canary-run.ts';
import { makeCertificates } from '../support/certificates.ts';
import { eventsOf } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { subscribe } from '../support/subscriber.ts';

const WATCHER = { username: 'watcher', password: 'sees-all' };
const BASIC: AuthOptions = { schemes: ['basic'] };
const needs = { skip: need('mosquitto').skip || need('openssl').skip };

/** A device whose unencrypted ports are tapped; its address in the configuration's words. */
async function startTapped(t: TestContext, hunt: Hunt, options: DeviceOptions & { serial: string }) {
  const device = createDevice(options);
  const { httpPort, rtspPort } = await device.start();
  t.after(() => device.stop());
  const [http, rtsp] = [await startTap(t, httpPort), await startTap(t, rtspPort)];
  const collect = () => {
    hunt.add(`HTTP to ${options.serial}`, http.seen());
    hunt.add(`RTSP to ${options.serial}`, rtsp.seen());
  };
  const camera = { host: '127.0.0.1', port: http.port, rtspPort: rtsp.port, username: 'root' };
  return { camera: { ...camera, serial: options.serial }, collect };
}

async function startEncrypted(t: TestContext, options: DeviceOptions) {
  const device = createDevice(options);
  const { httpsPort, rtspsPort } = await device.start();
  t.after(() => device.stop());
  return { host: '127.0.0.1', https: true, port: httpsPort, rtspPort: rtspsPort, username: 'root' };
}

function login(serial: string): string {
  return `root:AXIS_${serial}`;
}

async function collectPages(hunt: Hunt, port: number): Promise<void> {
  for (const page of ['/health', '/metrics', '/', '/nothing?x=1']) {
    const response = await fetch(`http://127.0.0.1:${port}${page}`);
    hunt.add(`page ${page}`, JSON.stringify([...response.headers]) + (await response.text()));
  }
}

function logged(run: Run, ...codes: string[]): Promise<boolean> {
  return eventually(`the log says ${codes}`, () => {
    const said = new Set(run.log().map(({ code }) => code));
    return codes.every(code => said.has(code));
  });
}

describe('canaries', { ...needs, timeout: 240_000 }, () => {
  test('all is well: neither messages, pages, files, log nor crashes hold a secret', async t => {
    const hunt = createHunt();
    const certificates = makeCertificates(t);
    const serials = ['ACCC8E00000A', 'ACCC8E00000B', 'ACCC8E00000C', 'ACCC8E00000D'] as const;
    const [direct, filed, env, basic] = serials.map(serial =>
      hunt.plant(`password ${serial}`, login(serial)),
    );
    const onvif = hunt.plant('ONVIF password', ...serials.map(serial => `onvif:AXIS_${serial}`));
    const password = hunt.plant('broker password');
    hunt.plantKey('TLS key', certificates.client.key.text);

    const plain = await freePort();
    const broker = await startMosquitto(t, {
      users: { bridge: password, [WATCHER.username]: WATCHER.password },
      config: [
        `cafile ${certificates.ca.file}`,
        `certfile ${certificates.server.cert.file}`,
        `keyfile ${certificates.server.key.file}`,
        'require_certificate true',
        `listener ${plain} 127.0.0.1`,
      ],
    });
    const tapped = await Promise.all(
      [direct, filed, env].map((secret = '', index) =>
        startTapped(t, hunt, { serial: serials[index] ?? '', password: secret }),
      ),
    );
    const { server, ca, client } = certificates;
    const tls = { key: server.key.text, cert: server.cert.text };
    const encrypted = await startEncrypted(t, {
      serial: serials[3],
      password: basic ?? '',
      tls,
      auth: { rtsp: BASIC },
    });
    const port = await freePort();
    const program = await makeProgram(t);
    writeFileSync(join(program.directory, 'password'), `${filed}\n`);
    const secrets = [
      { password: direct, onvif: { username: 'onvif', password: onvif } },
      { passwordFile: 'password' },
      { password: `\${DEVICE_PASSWORD}` },
    ];
    const config = {
      bridge: { dataDir: './data' },
      brokers: {
        main: {
          url: `mqtts://127.0.0.1:${broker.port}`,
          username: 'bridge',
          password,
          tls: { ca: ca.file, cert: client.cert.file, key: client.key.file },
        },
      },
      cameras: [
        ...tapped.map(({ camera }, index) => ({ id: `camera-${index}`, ...camera, ...secrets[index] })),
        { id: 'camera-3', ...encrypted, password: basic, tls: { ca: ca.file } },
      ],
      http: { port },
      log: { level: 'trace' },
    };
    program.configure(config);
    const environment = { DEVICE_PASSWORD: env ?? '' };
    const subscriber = await subscribe(t, `mqtt://127.0.0.1:${plain}`, WATCHER);
    const start = () => program.start(undefined, environment);

    const first = start();
    for (const index of serials.keys())
      await eventually(
        `events of camera ${index}`,
        () => eventsOf(subscriber.received, `camera-${index}`).length > 5,
      );
    hunt.addProcess('first run', first);
    await collectPages(hunt, port);
    for (const command of [['check'], ['check', '--json'], ['check', '--offline']]) {
      const args = [...command, '--config', program.file];
      assert.equal(await collectRun(hunt, program, args, environment), 0);
    }
    program.configure(`${JSON.stringify(config)}\n  password:${direct}\n\t- ${password}: [`);
    await eventually('the bad file is reported', () => first.stdout.includes('not usable'));
    program.configure({ ...config, broker: password, cameras: [{ ...config.cameras[0], passwrd: direct }] });
    await eventually('the other bad file is reported', () => first.stdout.includes('passwrd'));
    assert.deepEqual(await first.end('SIGABRT'), { code: null, signal: 'SIGABRT' });
    collectOutput(hunt, 'the aborted run', first);

    program.configure(config);
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const run = start();
      await eventually(
        'heard',
        () => run.log().filter(({ msg }) => msg === 'heard').length === serials.length,
      );
      await run.end(signal);
      collectOutput(hunt, `the run ended by ${signal}`, run);
    }

    for (const { collect } of tapped) collect();
    hunt.addMessages('MQTT', subscriber.received);
    hunt.addFolder(program.directory, [program.file, join(program.directory, 'password')]);
    assert.ok(hunt.size() > 100_000, `only ${hunt.size()} bytes`);
    assert.deepEqual(hunt.found(), []);
    hunt.add('the configuration', JSON.stringify(config));
    hunt.add('the key', client.key.text);
    assert.ok(hunt.found().length >= 4, 'what is there is not found');
  });

  test('what comes from the environment goes where it belongs, and is shown nowhere', async t => {
    const hunt = createHunt();
    const env: Record<string, string> = {};
    const planted = (name: string, text = hunt.plant(name)) => {
      const variable = name.toUpperCase().replaceAll(/\W/g, '_');
      env[variable] = text;
      return `\${${variable}}`;
    };
    const user = hunt.plant('device user');
    const password = hunt.plant('device password', `${user}:AXIS_ACCC8E00000A`);
    const [brokerUser, brokerPassword] = [hunt.plant('broker user'), hunt.plant('broker password')];
    const device = createDevice({ serial: 'ACCC8E00000A', username: user, password });
    const { httpPort, rtspPort } = await device.start();
    t.after(() => device.stop());
    const broker = await startMosquitto(t, {
      users: { [brokerUser]: brokerPassword, [WATCHER.username]: WATCHER.password },
    });
    const port = await freePort();
    const program = await makeProgram(t);
    const alarm = planted('alarm code');
    const folder = planted('store', join(program.directory, 'file'));
    const config = {
      bridge: { dataDir: './data' },
      brokers: {
        main: {
          url: broker.url,
          username: planted('broker user', brokerUser),
          password: planted('broker password', brokerPassword),
          clientId: planted('client id'),
        },
        away: { url: 'ws://127.0.0.1:9', headers: { Authorization: planted('header') } },
      },
      cameras: [
        {
          id: 'entrance',
          host: '127.0.0.1',
          port: httpPort,
          rtspPort,
          username: planted('device user', user),
          password: planted('device password', password),
          onvif: { username: planted('onvif user'), password: planted('onvif password') },
          events: {
            exclude: [`tns1:${planted('exclude')}`],
            fields: [{ name: planted('field'), do: 'drop' }],
          },
          commands: ['siren'],
        },
        {
          id: 'away',
          host: '127.0.0.1',
          port: 9,
          rtspPort: 9,
          username: planted('user of another'),
          password: 'x',
          labels: { site: planted('label') },
          events: { include: [`tns1:${planted('include')}`] },
        },
      ],
      routes: [
        { broker: 'main' },
        {
          broker: 'main',
          topic: `x/${planted('topic')}/{topic}`,
          hashKey: planted('hash key'),
          fields: [{ name: planted('hashed field'), do: 'hash' }],
          match: {
            camera: planted('match camera'),
            topic: `tns1:${planted('match topic')}`,
            labels: { site: planted('match label') },
            data: { plate: planted('match data') },
          },
          retain: 'none',
        },
      ],
      triggers: [
        {
          name: 'by text',
          topic: 'alarm/text',
          text: alarm,
          armed: { topic: 'alarm/armed', text: planted('armed') },
          do: [{ publish: { topic: 'done/text', payload: 'disarmed' } }],
        },
        {
          name: 'by value',
          topic: 'alarm/value',
          when: { code: alarm, user: { not: planted('not'), in: [planted('in')] } },
          do: [
            { publish: { topic: 'done/value', payload: { code: planted('payload') } } },
            { camera: 'entrance', action: 'overlay-text', text: planted('overlay') },
          ],
        },
        {
          name: 'by payload',
          topic: 'alarm/payload',
          when: { $: 'go' },
          do: [{ publish: { topic: 'secret/out', payload: planted('payload out') } }],
        },
      ],
      actions: { audit: true, responsePrefixes: [planted('response prefix')] },
      http: { port },
      log: { level: 'trace' },
    };
    program.configure(config);
    const subscriber = await subscribe(t, broker.url, WATCHER);
    const run = program.start(undefined, env);
    await eventually('events', () => eventsOf(subscriber.received, 'entrance').length > 5);
    await eventually('info', () => subscriber.payloads('axis2mqtt/bridge/main/info')[0]);
    const client = await connectAsync(broker.url, WATCHER);
    t.after(() => client.endAsync(true));
    await client.publishAsync('alarm/text', 'wrong');
    await client.publishAsync('alarm/value', '{"code":"wrong"}');
    await client.publishAsync('alarm/payload', '"go"');
    await eventually('what belongs there', () => subscriber.payloads('secret/out')[0]);
    await eventually('its audit', () => subscriber.payloads('axis2mqtt/bridge/main/audit')[0]);
    hunt.addProcess('the run', run);
    await collectPages(hunt, port);
    for (const command of [['check'], ['check', '--json'], ['check', '--offline']])
      await collectRun(hunt, program, [...command, '--config', program.file], env);
    const [entrance, away] = config.cameras;
    const wrong = [
      {
        ...config,
        cameras: [
          { ...entrance, id: alarm },
          { ...away, id: alarm },
        ],
      },
      { ...config, cameras: [{ ...entrance, host: alarm, port: alarm, labels: [alarm] }] },
      { ...config, routes: [{ broker: alarm, topic: `{${alarm}}`, onUndelivered: alarm }] },
      { ...config, bridge: { dataDir: program.file, id: alarm, baseTopic: `#${alarm}` } },
      { ...config, triggers: [{ name: alarm, topic: `#/${alarm}`, do: [{ camera: alarm, action: alarm }] }] },
    ];
    for (const [index, bad] of wrong.entries()) {
      const file = join(program.directory, `wrong-${index}.yaml`);
      writeFileSync(file, JSON.stringify(bad));
      assert.equal(await collectRun(hunt, program, ['check', '--config', file], env), 2, file);
    }
    writeFileSync(join(program.directory, 'file'), '');
    const store = { ...config, bridge: { dataDir: folder } };
    program.configure(store);
    await eventually('the store cannot be used', () => run.stdout.includes('the old one goes on'));
    assert.deepEqual(await run.end(), { code: 0, signal: null });
    collectOutput(hunt, 'the run', run);
    hunt.addMessages(
      'MQTT',
      subscriber.received.filter(({ topic }) => topic !== 'secret/out'),
    );
    assert.deepEqual(hunt.found(), []);
    assert.ok(!run.stdout.includes(join(program.directory, 'file')), 'the folder came from the environment');
    const info = subscriber.payloads('axis2mqtt/bridge/main/info').at(-1) ?? '';
    assert.ok(info.includes(alarm), 'info names the variable');
  });

  test('nothing works: neither refusals, redirects nor errors hold a secret', async t => {
    const hunt = createHunt();
    const certificates = makeCertificates(t);
    const [serial, basicSerial] = ['ACCC8E00000A', 'ACCC8E00000B'];
    const password = hunt.plant('device password', login(serial), login(basicSerial));
    const brokerPassword = hunt.plant('broker password');
    const wrong = await startTapped(t, hunt, { serial, password: 'another' });
    const basic = await startTapped(t, hunt, {
      serial: basicSerial,
      password,
      auth: { http: BASIC, rtsp: BASIC },
    });
    const redirecting = await startTapped(t, hunt, {
      serial: 'ACCC8E00000C',
      password,
      http: { redirect: 'http://127.0.0.1:9/' },
    });
    const { key, cert } = certificates.server;
    const untrusted = await startEncrypted(t, { password, tls: { key: key.text, cert: cert.text } });
    const broker = await startMosquitto(t, { users: { bridge: 'another' } });
    const program = await makeProgram(t);
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const away = { host: '127.0.0.1', port: 9, rtspPort: 9, username: 'root' };
    const port = await freePort();
    program.configure({
      bridge: { dataDir: './data' },
      brokers: {
        main: { url, username: 'bridge', password: brokerPassword },
        away: { url: 'mqtt://127.0.0.1:9', username: 'bridge', password: brokerPassword },
      },
      defaults: { password },
      cameras: [wrong.camera, basic.camera, redirecting.camera, untrusted, away].map((camera, index) => ({
        id: `camera-${index}`,
        ...camera,
      })),
      http: { port },
      log: { level: 'trace' },
    });
    const run = program.start();
    await logged(run, 'AUTH', 'INSECURE', 'REDIRECT', 'TLS', 'UNREACHABLE', 'BROKER_AUTH');
    hunt.addProcess('the run', run);
    await collectPages(hunt, port);
    for (const option of ['--json', '--offline'])
      await collectRun(hunt, program, ['check', option, '--config', program.file]);
    assert.equal(await collectRun(hunt, program, ['check', '--config', program.file]), 1);
    assert.deepEqual(await run.end('SIGTERM'), { code: 0, signal: null });
    collectOutput(hunt, 'the run', run);
    for (const { collect } of [wrong, basic, redirecting]) collect();
    hunt.addFolder(program.directory, [program.file]);
    assert.deepEqual(hunt.found(), []);
  });
});
