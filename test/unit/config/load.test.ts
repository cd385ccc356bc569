// From a file to a Config: defaults, layers, the environment, and all problems at once (DESIGN 2.2).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadConfig } from '../../../src/config/load.ts';
import { CAMERA, config, load, problems, warnings } from './helper.ts';

const DAY = 86_400_000;

describe('defaults', () => {
  test('fill everything but host, user and password', async () => {
    const { brokers, cameras, routes, hidden: _, ...settings } = await config(CAMERA);
    assert.deepEqual(settings, {
      bridge: { id: 'main', baseTopic: 'axis2mqtt', dataDir: './data' },
      triggers: [],
      actions: { brokers: ['main'], timeToLive: 10_000, responsePrefixes: [], audit: false },
      homeAssistant: { enabled: false, brokers: ['main'], discoveryPrefix: 'homeassistant' },
      http: { host: '127.0.0.1', port: 9180, names: [] },
      log: { level: 'info' },
    });
    assert.deepEqual(brokers, [
      {
        name: 'main',
        urls: ['embedded://127.0.0.1:1883'],
        embedded: true,
        clientId: 'axis2mqtt-main',
        protocolVersion: 'auto',
        tls: {},
        headers: {},
        queue: { maxBytes: 2 ** 30, maxAge: 7 * DAY },
      },
    ]);
    const [{ password, onvif, ...camera } = assert.fail()] = cameras;
    assert.deepEqual(camera, {
      host: '192.0.2.10',
      port: 80,
      rtspPort: 554,
      https: false,
      username: 'bridge',
      tls: {},
      source: 'auto',
      events: { include: ['**'], exclude: ['**/xinternal_data', '**/timer'], fields: [] },
      poll: [],
      deviceMqtt: {},
      commands: [],
      labels: {},
      allowBasicOverHttp: false,
      anySerial: false,
    });
    assert.equal(password.reveal(), 'pw');
    assert.equal(onvif.username, 'bridge');
    assert.equal(onvif.password.reveal(), 'pw');
    assert.deepEqual(routes, [
      {
        match: { camera: '*', topic: '**', labels: {} },
        brokers: ['main'],
        topic: '{base}/{device}/event/{topic}/{source}',
        format: 'axis2mqtt',
        axis: { namespaces: true, serialInPayload: false },
        fields: [],
        qos: 1,
        retain: 'property',
        requireSubscriber: false,
      },
    ]);
  });

  test('move the ports with https', async () => {
    const { cameras } = await config(CAMERA.replace('{', '{https: true, '));
    assert.equal(cameras[0]?.port, 443);
    assert.equal(cameras[0]?.rtspPort, 322);
  });

  test('a section whose keys are all commented out is as good as absent', async () => {
    const { http, brokers } = await config(`${CAMERA}http:\nbrokers:\nroutes:\ndefaults:\nbridge:\n`);
    assert.deepEqual(http, { host: '127.0.0.1', port: 9180, names: [] });
    assert.equal(brokers.length, 1);
  });

  test('the result cannot be changed, at any depth', async () => {
    const result = await config(CAMERA);
    assert.throws(() => Object.assign(result.bridge, { id: 'x' }), TypeError);
    assert.throws(() => Object.assign(result.cameras[0]?.events.include ?? [], ['x']), TypeError);
  });
});

describe('layers', () => {
  test('the environment overrides the file, which overrides the default', async () => {
    const text = `${CAMERA}bridge: {id: file, baseTopic: site}\nlog: {level: debug}\n`;
    const env = { AXIS2MQTT_BRIDGE_ID: 'env', AXIS2MQTT_BRIDGE_DATA_DIR: '/data', AXIS2MQTT_HTTP_PORT: '80' };
    const { bridge, http, log, brokers } = await config(text, { env });
    assert.deepEqual(bridge, { id: 'env', baseTopic: 'site', dataDir: '/data' });
    assert.deepEqual(http, { host: '127.0.0.1', port: 80, names: [] });
    assert.equal(log.level, 'debug');
    assert.equal(brokers[0]?.clientId, 'axis2mqtt-env');
  });

  test('an empty variable is none', async () => {
    const { log } = await config(CAMERA, { env: { AXIS2MQTT_LOG_LEVEL: '' } });
    assert.equal(log.level, 'info');
  });

  test('a wrong variable is named, beside what is wrong in the file', async () => {
    const env = { AXIS2MQTT_HTTP_PORT: '9x', AXIS2MQTT_LOG_LEVEL: 'loud' };
    assert.deepEqual(await problems(`${CAMERA}bridge: {id: a/b}\n`, { env }), [
      'environment AXIS2MQTT_HTTP_PORT: must be a whole number from 0 to 65535 (it sets http.port)',
      'environment AXIS2MQTT_LOG_LEVEL: must be one of: fatal, error, warn, info, debug, trace, silent (it sets log.level)',
      '2:10 bridge.id: is one level of a topic: no `/`, `+`, `#` or control characters',
    ]);
  });

  test('a misspelt variable is warned of, one that the file names is not', async () => {
    const env = { AXIS2MQTT_LOGLEVEL: 'debug', AXIS2MQTT_BRIDGEID: 'b', AXIS2MQTT_PORT: 'tcp://x' };
    const text = `${CAMERA}bridge: {id: "\${AXIS2MQTT_BRIDGEID}"}\n`;
    assert.deepEqual(await warnings(text, { env }), [
      'environment AXIS2MQTT_LOGLEVEL: is not a known variable and sets nothing (did you mean `AXIS2MQTT_LOG_LEVEL`?)',
    ]);
  });

  test('http: false switches the server off', async () => {
    assert.equal((await config(`${CAMERA}http: false\n`)).http, false);
  });
});

describe(`\${ENV}`, () => {
  test('works in any value, of any type, and inside text', async () => {
    const text = [
      'cameras:',
      `  - {host: "\${HOST}", port: "\${PORT}", https: "\${HTTPS}", username: u, password: "a\${PW}z"}`,
      `log: {level: "\${LEVEL}"}`,
      `routes: [{qos: "\${QOS}", expiry: "\${TTL}"}]`,
    ].join('\n');
    const env = {
      HOST: 'cam.example',
      PORT: '8443',
      HTTPS: 'true',
      PW: `\${HOST}`,
      LEVEL: 'warn',
      QOS: '2',
      TTL: '1h',
    };
    const { cameras, log, routes } = await config(text, { env });
    assert.equal(cameras[0]?.host, 'cam.example');
    assert.equal(cameras[0]?.port, 8443);
    assert.equal(cameras[0]?.https, true);
    assert.equal(cameras[0]?.password.reveal(), `a\${HOST}z`, 'what it brings in is not read again');
    assert.equal(log.level, 'warn');
    assert.equal(routes[0]?.qos, 2);
    assert.equal(routes[0]?.expiry, 3_600_000);
  });

  test(`$\${ stands for a plain \${`, async () => {
    const { cameras } = await config(`cameras: [{host: h, username: u, password: "a$\${B}$c"}]`);
    assert.equal(cameras[0]?.password.reveal(), `a\${B}$c`);
  });

  test('an unset one and a broken one are problems with their place', async () => {
    const text = `cameras:\n  - host: \${__proto__}\n    username: "\${OPEN"\n    password: \${NOT_SET}\n`;
    assert.deepEqual(await problems(text), [
      `2:5 cameras[0].host: names the environment variable __proto__, which is not set; for a plain \`\${\` write \`$\${\``,
      `3:5 cameras[0].username: has \`\${\` without a variable name and \`}\`; for a plain \`\${\` write \`$\${\``,
      `4:5 cameras[0].password: names the environment variable NOT_SET, which is not set; for a plain \`\${\` write \`$\${\``,
    ]);
  });
});

test('a missing file and an oversized one are problems', async () => {
  const missing = await loadConfig({ file: '/nowhere/a.yaml', env: {} });
  assert.ok(!missing.ok);
  assert.deepEqual(missing.problems, [{ file: '/nowhere/a.yaml', path: '', message: 'does not exist' }]);
  assert.deepEqual(await problems(`${CAMERA}#${'x'.repeat(2 ** 20)}`), ['is larger than 1 MiB']);
});

test('unknown keys are problems, with the key that was meant', async () => {
  const text = `
cameras:
  - {host: a, username: u, pasword: x, rtsp_port: 1, labels: {any: thing}, events: {includes: []}}
http: {prot: 4}
broker: {}
nonsense: {}
`;
  const found = (await load(text)) as { problems: { path: string; suggestion?: string }[] };
  assert.deepEqual(
    found.problems.map(({ path, suggestion }) => [path, suggestion]),
    [
      ['cameras[0].password', undefined],
      ['cameras[0].pasword', 'password'],
      ['cameras[0].rtsp_port', 'rtspPort'],
      ['cameras[0].events.includes', 'include'],
      ['http.prot', 'port'],
      ['broker', 'brokers'],
      ['nonsense', undefined],
    ],
  );
});

test('everything that is wrong is said at once, in the order of the lines', async () => {
  const text = `bridge: {baseTopic: "a/#"}
brokers:
  site: {url: [mqtt://a, tcp://b], queue: {maxBytes: 3, maxAge: 7w}}
cameras:
  - {host: a, port: 99999, username: u}
  - {host: a, https: 1, username: u, password: p, id: [x]}
routes:
  - {broker: sight, topic: "{base}/{devise}", qos: 3, match: {topic: "Foo*/a"}, retain: yes}
  - {topic: "a/+", expiry: 5, match: {topic: a//b}}
log: 7
`;
  assert.deepEqual(
    (await problems(text)).map(line => line.replace(/:\d+ (\S+):.*/, ' $1')),
    [
      '1 bridge.baseTopic',
      '3 brokers.site.url[1]',
      '3 brokers.site.queue.maxBytes',
      '3 brokers.site.queue.maxAge',
      '5 cameras[0].password',
      '5 cameras[0].port',
      '6 cameras[1].https',
      '6 cameras[1].id',
      '8 routes[0].broker',
      '8 routes[0].topic',
      '8 routes[0].qos',
      '8 routes[0].match.topic',
      '8 routes[0].retain',
      '9 routes[1].topic',
      '9 routes[1].expiry',
      '9 routes[1].match.topic',
      '10 log',
    ],
  );
});

test('pages that the network can read are warned of, unless the environment has it so', async () => {
  const open = `${CAMERA}http: {host: 0.0.0.0, names: [bridge.example]}\n`;
  assert.match((await warnings(open)).join('\n'), /http\.host: lets the network read the pages/);
  assert.deepEqual(await warnings(`${CAMERA}http: {host: 127.0.0.5}\n`), []);
  assert.deepEqual(await warnings(CAMERA, { env: { AXIS2MQTT_HTTP_HOST: '0.0.0.0' } }), []);
  const { http } = await config(open);
  assert.deepEqual(http, { host: '0.0.0.0', port: 9180, names: ['bridge.example'] });
});
