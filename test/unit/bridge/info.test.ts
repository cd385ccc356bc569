import assert from 'node:assert/strict';
import { test } from 'node:test';
import { infoOf } from '../../../src/bridge/info.ts';
import { config } from '../config/helper.ts';

const STARTED = '2026-11-22T08:00:00.000Z';

test('info says less where the broker takes no more', async () => {
  const cameras = Array.from(
    { length: 50 },
    (_, n) => `{id: camera-${n}, host: 192.0.2.${n}, username: u, password: p}`,
  );
  const loaded = await config(`cameras: [${cameras.join(', ')}]`);
  const all = infoOf(loaded, STARTED, 1e6);
  assert.equal(JSON.parse(all).config.cameras.length, 50);
  const less = infoOf(loaded, STARTED, all.length - 1);
  assert.deepEqual(JSON.parse(less).config.cameras, []);
  assert.equal(JSON.parse(less).config.brokers.length, 1);
  assert.deepEqual(Object.keys(JSON.parse(infoOf(loaded, STARTED, 200))), [
    'name',
    'version',
    'node',
    'started',
    'shortened',
  ]);
});
