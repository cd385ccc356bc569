// Brokers and routes: addresses, credentials, certificates, names.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CAMERA, config, problems, warnings } from './helper.ts';

const broker = (text: string) => `${CAMERA}brokers:\n  main: ${text}\n`;
const route = (text: string) =>
  `${CAMERA}brokers: {main: {url: mqtt://a}, site: {url: mqtt://b}}\nroutes:\n  - ${text}\n`;

describe('a broker’s url', () => {
  const GOOD = {
    'mqtt://broker.example': 'mqtt://broker.example:1883',
    'mqtts://192.0.2.1': 'mqtts://192.0.2.1:8883',
    'ws://a/mqtt': 'ws://a:80/mqtt',
    'wss://[2001:db8::1]:9001': 'wss://[2001:db8::1]:9001',
    'embedded://localhost': 'embedded://localhost:1883',
  };
  for (const [url, full] of Object.entries(GOOD)) {
    test(`${url} is taken`, async () => {
      const { brokers } = await config(broker(`{url: "${url}"}`));
      assert.deepEqual(brokers[0]?.urls, [full]);
    });
  }

  for (const url of [
    'tcp://a',
    'a:1883',
    'mqtt:a',
    'mqtt://',
    'mqtt://a:99999',
    'mqtt://a/b',
    'ws://a?x=1',
    'mqtt://a:0',
  ]) {
    test(`${url} is refused`, async () => {
      assert.match(
        (await problems(broker(`{url: "${url}"}`))).join('\n'),
        /^3:10 brokers\.main\.url: (must be|takes)/,
      );
    });
  }

  test('may be a list of servers', async () => {
    const { brokers } = await config(broker('{url: [mqtt://a, mqtts://b]}'));
    assert.deepEqual(brokers[0]?.urls, ['mqtt://a:1883', 'mqtts://b:8883']);
    assert.equal(brokers[0]?.embedded, false);
  });

  test('without url a broker is a problem', async () => {
    assert.deepEqual(await problems(broker('{username: a}')), ['3:3 brokers.main.url: is required']);
  });
});

describe('the embedded broker', () => {
  test('beyond this machine wants a login or insecure: true', async () => {
    for (const host of ['0.0.0.0', '192.0.2.1', '[::]', 'example.com']) {
      const found = await problems(broker(`{url: "embedded://${host}:1883"}`));
      assert.match(found.join(), /brokers\.main\.url: anybody on the network could use it/);
    }
    await config(broker('{url: "embedded://0.0.0.0:1883", insecure: true}'));
    await config(broker('{url: "embedded://0.0.0.0:1883", username: a, password: b}'));
    for (const host of ['127.0.0.1', '127.9.9.9', '[::1]', 'localhost']) {
      await config(broker(`{url: "embedded://${host}:1883"}`));
    }
  });

  test('stands alone, does no TLS and no MQTT 5', async () => {
    const text = broker('{url: [embedded://127.0.0.1, mqtt://a], protocolVersion: 5, tls: {}, password: x}');
    assert.deepEqual(
      (await problems(text)).map(line => line.replace(/^3:\d+ (\S+):.*/, '$1')),
      ['brokers.main', 'brokers.main.url', 'brokers.main.protocolVersion', 'brokers.main.tls'],
    );
  });
});

test('sizes and ages of the queue are bytes and milliseconds', async () => {
  const { brokers } = await config(broker('{url: mqtt://a, queue: {maxBytes: 10MiB, maxAge: 36h}}'));
  assert.deepEqual(brokers[0]?.queue, { maxBytes: 10 * 2 ** 20, maxAge: 36 * 3_600_000 });
});

test('two clients of one identifier at one server are a problem', async () => {
  const both = (more: string) =>
    `${CAMERA}brokers:\n  a: {url: [mqtt://x, mqtt://y]}\n  b: {url: mqtt://y:1883${more}}\n`;
  assert.match(
    (await problems(both(''))).join(),
    /^4:3 brokers\.b\.clientId: another broker here has this server/,
  );
  await config(both(', clientId: other'));
});

test('a remote broker’s password wants a user name; insecure is under tls', async () => {
  assert.deepEqual(await problems(broker('{url: mqtt://a, password: x, insecure: true}')), [
    '3:3 brokers.main.username: is required beside a password',
    '3:38 brokers.main.insecure: is for the embedded broker (did you mean `tls.insecure`?)',
  ]);
});

test('tls that does nothing is warned of', async () => {
  assert.deepEqual(await warnings(broker('{url: mqtt://a, tls: {insecure: true}}')), [
    '3:25 brokers.main.tls: has no effect without mqtts:// or wss://',
  ]);
  assert.deepEqual(await warnings(CAMERA.replace('{', '{tls: {insecure: true}, ')), [
    '1:12 cameras[0].tls: has no effect without `https: true`',
  ]);
});

describe('routes', () => {
  test('know their brokers, one, several or all', async () => {
    const brokersOf = async (text: string) => (await config(route(text))).routes[0]?.brokers;
    assert.deepEqual(await brokersOf('{broker: site}'), ['site']);
    assert.deepEqual(await brokersOf('{broker: [site, main, site]}'), ['site', 'main']);
    assert.deepEqual(await brokersOf('{qos: 0}'), ['main', 'site']);
  });

  test('that name a broker that is not there are problems', async () => {
    assert.deepEqual(await problems(route('{broker: [main, sitte]}')), [
      '4:21 routes[0].broker[1]: there is no broker of that name; there are: main, site (did you mean `site`?)',
    ]);
  });

  test('a broker that is there and wrong is no missing one', async () => {
    const text = `${CAMERA}brokers: {site: {url: tcp://a}}\nroutes: [{broker: site}]\n`;
    assert.equal((await problems(text)).length, 1);
  });

  test('keep what the file says', async () => {
    const { routes } = await config(
      route(
        '{match: {camera: "door-*", topic: "tns1:Device/**", labels: {site: lund}, kind: event}, topic: "x/{labels.site}/{onvifTopic}", qos: 0, retain: none, expiry: 90s}',
      ),
    );
    assert.deepEqual(routes[0], {
      match: { camera: 'door-*', topic: 'tns1:Device/**', labels: { site: 'lund' }, kind: 'event' },
      brokers: ['main', 'site'],
      topic: 'x/{labels.site}/{onvifTopic}',
      format: 'axis2mqtt',
      axis: { namespaces: true, serialInPayload: false },
      fields: [],
      qos: 0,
      retain: 'none',
      requireSubscriber: false,
      expiry: 90_000,
    });
  });

  for (const [topic, why] of Object.entries({
    '{base}/{devise}': /unknown name.*did you mean `\{device\}`/,
    '{base}/{label.x}': /unknown name/,
    '{base': /has a `\{` without/,
    'a/#': /no `\+`, `#`/,
    '/a': /begin or end/,
    '$SYS/a': /must not begin with `\$`/,
  })) {
    test(`topic ${topic} is refused`, async () => {
      assert.match((await problems(route(`{topic: "${topic}"}`))).join(), why);
    });
  }

  for (const topic of ['tns1:Dev*/a', 'a/', 'a/#', 'a/***']) {
    test(`topic pattern ${topic} is refused`, async () => {
      assert.match(
        (await problems(route(`{match: {topic: "${topic}"}}`))).join(),
        /routes\[0\]\.match\.topic: (takes|has)/,
      );
    });
  }
});

test('headers are secrets; names that are none, or the WebSocket’s own, are problems', async () => {
  const { brokers } = await config(
    broker('{url: wss://a, headers: {X-Key: hunter2, Authorization: "Bearer x"}}'),
  );
  assert.equal(brokers[0]?.headers['X-Key']?.reveal(), 'hunter2');
  assert.ok(!JSON.stringify(brokers).includes('hunter2'));
  const wrong = await problems(
    broker('{url: wss://a, headers: {"X Key": hunter2, Upgrade: x, X-Two: "a\\nb"}}'),
  );
  assert.ok(!wrong.join().includes('hunter2'));
  assert.match(wrong.join('\n'), /headers\.\?: must be one line/);
  const named = await problems(broker('{url: wss://a, headers: {"X Key": hunter2, Upgrade: x}}'));
  assert.deepEqual(
    named.map(line => line.replace(/^\S+ /, '')),
    [
      'brokers.main.headers.?: is no name of an HTTP header',
      'brokers.main.headers.?: belongs to the WebSocket itself',
    ],
  );
  const [warning] = await warnings(broker('{url: mqtt://a, headers: {X-Key: x}}'));
  assert.match(warning ?? '', /headers: has no effect without ws/);
});

test('tls.alpn is one name or a list', async () => {
  for (const alpn of ['mqtt', '[mqtt]']) {
    const { brokers } = await config(broker(`{url: mqtts://a:443, tls: {alpn: ${alpn}}}`));
    assert.deepEqual(brokers[0]?.tls.alpn, ['mqtt']);
  }
});

test('what is undelivered can go to another broker, which is none of the route’s own', async () => {
  const { routes } = await config(
    route('{broker: main, requireSubscriber: true, deliverWithin: 30s, onUndelivered: site}'),
  );
  const [{ requireSubscriber, deliverWithin, onUndelivered } = assert.fail()] = routes;
  assert.deepEqual([requireSubscriber, deliverWithin, onUndelivered], [true, 30_000, 'site']);
  const of = async (text: string) => (await problems(route(text))).join('\n');
  assert.match(
    await of('{broker: main, deliverWithin: 30s, onUndelivered: stie}'),
    /no broker of that name.*site/,
  );
  assert.match(await of('{deliverWithin: 30s, onUndelivered: site}'), /must not be a broker of this route/);
  assert.match(await of('{broker: [site], deliverWithin: 30s, onUndelivered: site}'), /must not be a broker/);
  assert.match(
    await of('{broker: main, onUndelivered: site}'),
    /needs `requireSubscriber` or `deliverWithin`/,
  );
  assert.match(await of('{qos: 0, requireSubscriber: true}'), /needs `qos: 1`/);
});
