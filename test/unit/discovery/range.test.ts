import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRange } from '../../../src/discovery/range.ts';
import { isBridgeError } from '../../../src/util/errors.ts';

test('a range is a block without its network and broadcast addresses, two ends, or one address', () => {
  assert.deepEqual(parseRange('192.0.2.9/30'), ['192.0.2.9', '192.0.2.10']);
  assert.deepEqual(parseRange('192.0.2.8/31'), ['192.0.2.8', '192.0.2.9']);
  assert.deepEqual(parseRange('192.0.2.8/32'), ['192.0.2.8']);
  assert.deepEqual(parseRange('192.0.2.255 - 192.0.3.1'), ['192.0.2.255', '192.0.3.0', '192.0.3.1']);
  assert.deepEqual(parseRange('192.0.2.10-11'), ['192.0.2.10', '192.0.2.11']);
  assert.deepEqual(parseRange('255.255.255.255'), ['255.255.255.255']);
  const all = parseRange('10.0.0.0/20');
  assert.deepEqual([all.length, all[0], all.at(-1)], [4094, '10.0.0.1', '10.0.15.254']);
});

test('what is no range, is reversed, or has more than 4,096 addresses is refused', () => {
  const wrong = [
    '',
    '192.0.2',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.256',
    '192.0.2.9-192.0.2.8',
    '10.0.0.0/8',
  ];
  for (const text of [...wrong, '0.0.0.0/0', '1.2.3.4.5', '01.2.3.4', 'a-b', '192.0.2.1-2-3'])
    assert.throws(
      () => parseRange(text),
      error => isBridgeError(error) && error.code === 'CONFIG',
      text,
    );
});
