// Cameras: `defaults` under each, what each needs, what must not be twice.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { config, problems, warnings } from './helper.ts';

describe('cameras', () => {
  test('take what they lack from `defaults`; labels and events add up, the rest is replaced', async () => {
    const text = `
defaults:
  username: bridge
  passwordFile: axis
  https: true
  tls: {fingerprint: ${'ab'.repeat(32)}}
  labels: {site: lund, area: none}
  events: {exclude: ["**/a"]}
cameras:
  - {host: a}
  - {host: b, password: own, labels: {area: door}, tls: {insecure: true}, events: {include: ["tns1:Device/**"]}}
`;
    const { cameras } = await config(text, { files: { '/etc/bridge/axis': 'from-file\r\n' } });
    const [first, second] = cameras;
    assert.equal(first?.password.reveal(), 'from-file');
    assert.equal(first?.port, 443);
    assert.equal(first?.tls.fingerprint, Array(32).fill('AB').join(':'));
    assert.equal(second?.password.reveal(), 'own');
    assert.equal(second?.onvif.password.reveal(), 'own');
    assert.deepEqual(second?.tls, { insecure: true });
    assert.deepEqual(second?.labels, { site: 'lund', area: 'door' });
    assert.deepEqual(second?.events, { include: ['tns1:Device/**'], exclude: ['**/a'], fields: [] });
  });

  test('need host, user and password, here or in `defaults`', async () => {
    const required = 'is required; set it here, or under `defaults` for every camera';
    assert.deepEqual(await problems('cameras:\n  - id: a\n'), [
      `2:5 cameras[0].host: ${required}`,
      `2:5 cameras[0].username: ${required}`,
      `2:5 cameras[0].password: ${required}`,
    ]);
  });

  test('a wrong password in `defaults` is said once, not for each camera', async () => {
    const text = 'defaults: {username: u, password: 123}\ncameras: [{host: a}, {host: b}]';
    assert.deepEqual(await problems(text), ['1:25 defaults.password: must be text: put it in quotes']);
  });

  test('ids are one topic level, unique, and never "bridge"', async () => {
    const camera = (id: string) => `  - {host: h${Math.random()}, username: u, password: p, ${id}}\n`;
    const text = `cameras:\n${['id: bridge', 'id: a/b', 'id: "a\\tb"', 'id: same', 'id: same', 'id: ""', 'id: "a+"'].map(camera).join('')}`;
    const found = (await problems(text)).map(line => line.replace(/^(\d+):\d+/, '$1'));
    const level = 'is one level of a topic: no `/`, `+`, `#` or control characters';
    assert.deepEqual(found, [
      '2 cameras[0].id: must not be "bridge", which is the bridge’s own name in topics',
      `3 cameras[1].id: ${level}`,
      `4 cameras[2].id: ${level}`,
      '6 cameras[4].id: is that of cameras[3] too (line 5); each camera needs its own',
      '7 cameras[5].id: must not be empty',
      `8 cameras[6].id: ${level}`,
    ]);
  });

  test('are told what their keys are called here', async () => {
    const said = await problems('cameras: [{ip: 192.0.2.10, user: u, pwd: p}]');
    const meant = said.flatMap(
      line => /(\w+): is not a known key.*`(\w+)`/.exec(line)?.slice(1).join(' ') ?? [],
    );
    assert.deepEqual(meant, ['ip host', 'user username', 'pwd password']);
  });

  test('go by their serial number where they have no id', async () => {
    const { cameras } = await config(
      'cameras: [{host: a, username: u, password: p, serial: "ac:cc:8e:01:23:45"}]',
    );
    assert.deepEqual([cameras[0]?.id, cameras[0]?.serial], ['ACCC8E012345', 'ACCC8E012345']);
  });

  test('name a broker for their own client that there is', async () => {
    const text = `
defaults: {deviceMqtt: {broker: nobody}}
cameras:
  - {host: a, username: u, password: p, deviceMqtt: {broker: mian}}
`;
    const said = await problems(text);
    assert.match(said.join('\n'), /defaults\.deviceMqtt\.broker: there is no broker of that name/);
    assert.match(
      said.join('\n'),
      /cameras\[0\]\.deviceMqtt\.broker: there is no broker.*did you mean `main`/,
    );
  });

  test('that are to be found have a serial number, and may be many', async () => {
    const one = 'host: auto, username: u, password: p';
    assert.match((await problems(`cameras: [{id: a, ${one}}]`)).join(), /host: auto: .* by its `serial`/);
    assert.match((await problems(`cameras: [{id: a, ${one}, serial: any}]`)).join(), /by its `serial`/);
    const both = `cameras: [{${one}, serial: ACCC8E0000E1}, {${one}, serial: ACCC8E0000A2}]`;
    assert.deepEqual(await warnings(both), []);
  });

  test('take whichever device is there by a word', async () => {
    const file = (serial: string) => `cameras: [{host: a, username: u, password: p, serial: ${serial}}]`;
    const [any, one] = [await config(file('any')), await config(file('"ACCC8E012345"'))];
    const [taken, kept] = [any.cameras[0], one.cameras[0]];
    assert.deepEqual([taken?.anySerial, taken?.serial, taken?.id], [true, undefined, undefined]);
    assert.deepEqual([kept?.anySerial, kept?.serial], [false, 'ACCC8E012345']);
  });

  test('an id that is another camera’s serial number is not unique', async () => {
    const text = `cameras:
  - {host: a, username: u, password: p, serial: "ac:cc:8e:01:23:45"}
  - {host: b, username: u, password: p, id: ACCC8E012345}`;
    assert.match((await problems(text)).join(), /^3:41 cameras\[1\]\.id: is that of cameras\[0\] too/);
  });

  test('a serial number without letters wants quotes, since YAML makes it a number', async () => {
    const text = 'cameras: [{host: a, username: u, password: p, serial: 004080123456}]';
    assert.match((await problems(text)).join(), /serial: must be 12 hexadecimal digits.*in quotes/);
    const { cameras } = await config(text.replace('004080123456', '"004080123456"'));
    assert.equal(cameras[0]?.serial, '004080123456');
  });

  test('two at one address are warned of', async () => {
    const text = `cameras:
  - {host: CAM, username: u, password: p}
  - {host: cam, port: 80, username: u, password: p}
  - {host: cam, port: 81, username: u, password: p}`;
    assert.deepEqual(await warnings(text), [
      '3:6 cameras[1].host: host and port are those of cameras[0] too (line 2)',
    ]);
  });

  for (const host of ['http://a', 'a:80', 'u@a', 'a/b', 'a b', '10.0.0.300', '[a]', '-a', 'ä']) {
    test(`host ${host} is refused`, async () => {
      const found = await problems(`cameras: [{host: "${host}", username: u, password: p}]`);
      assert.equal(found.length, 1);
      assert.match(String(found[0]), /cameras\[0\]\.host: must be a host name or an IP address alone/);
    });
  }

  test('IPv6 addresses stand with or without brackets', async () => {
    const { cameras } = await config('cameras: [{host: "[2001:db8::1]", username: u, password: p}]');
    assert.equal(cameras[0]?.host, '2001:db8::1');
  });

  test('no cameras at all is a warning, no `cameras` a problem', async () => {
    assert.deepEqual(await warnings('cameras: []'), ['1:1 cameras: is empty: there is nothing to listen to']);
    assert.deepEqual(await problems('bridge: {id: x}'), ['cameras: is required']);
  });
});
