// The small parts: finding the file, units, suggestions, comparing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findConfigFile } from '../../../src/config/find.ts';
import { isSame } from '../../../src/config/same.ts';
import { suggest } from '../../../src/util/suggest.ts';
import { parseDuration, parseSize } from '../../../src/util/units.ts';
import { CAMERA, config } from './helper.ts';

test('the file is that of --config, else of the environment, else the first that exists', () => {
  const find = (argument: string | undefined, variable: string | undefined, ...existing: string[]) =>
    findConfigFile({
      argument,
      env: { AXIS2MQTT_CONFIG: variable },
      exists: path => existing.includes(path),
    });
  const [here, there] = ['config/axis2mqtt.yaml', '/config/axis2mqtt.yaml'];
  assert.equal(find('a.yaml', 'b.yaml', here), 'a.yaml');
  assert.equal(find(undefined, 'b.yaml', here), 'b.yaml');
  assert.equal(find(undefined, '', here, there), here);
  assert.equal(find(undefined, undefined, there), there);
  assert.equal(find(undefined, undefined), undefined);
});

test('durations are milliseconds, sizes bytes, anything else nothing', () => {
  assert.deepEqual(['500ms', '10s', '5m', '2h', '7d'].map(parseDuration), [500, 1e4, 3e5, 72e5, 6048e5]);
  assert.deepEqual(['64KiB', '10MiB', '1GiB'].map(parseSize), [65536, 10485760, 2 ** 30]);
  for (const text of ['', '10', '1.5h', '-1s', '1 s', '1S', '1w', '1toString', '999999999999d']) {
    assert.equal(parseDuration(text), undefined, text);
  }
  for (const text of ['1KB', '1kib', '64', '1B']) assert.equal(parseSize(text), undefined, text);
});

test('suggestions are near, or none', () => {
  const keys = ['host', 'port', 'rtspPort', 'username', 'password', 'passwordFile', 'id', 'labels'];
  const CASES = {
    prot: 'port',
    hots: 'host',
    pasword: 'password',
    rtsp_port: 'rtspPort',
    user: 'username',
    lables: 'labels',
    PORT: 'port',
  };
  for (const [word, meant] of Object.entries(CASES)) assert.equal(suggest(word, keys), meant, word);
  for (const word of ['', 'x', 'zoom', 'colour', 'p'.repeat(100_000)])
    assert.equal(suggest(word, keys), undefined);
});

test('two loads of one text are the same; another password is another configuration', async () => {
  const first = await config(CAMERA);
  assert.ok(isSame(first, await config(CAMERA)));
  const other = await config(CAMERA.replace('pw', 'px'));
  assert.ok(!isSame(first, other));
  assert.ok(isSame(first.brokers, other.brokers), 'only the camera changed');
  assert.ok(!isSame(first.cameras, (await config(CAMERA.replace('{', '{id: a, '))).cameras));
});
