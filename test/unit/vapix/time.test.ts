import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockSkew } from '../../../src/vapix/time.ts';

const NOON = Date.UTC(2026, 10, 22, 12);

test('clockSkew is device minus bridge, to the second that the header has', () => {
  assert.equal(clockSkew('Sun, 22 Nov 2026 12:00:05 GMT', NOON), 5_000);
  assert.equal(clockSkew('Sun, 22 Nov 2026 12:00:00 GMT', NOON + 999), 0);
  assert.equal(clockSkew('Sun, 22 Nov 2026 11:59:00 GMT', NOON), -60_000);
  assert.equal(clockSkew('Thu, 01 Jan 1970 00:00:00 GMT', NOON), -NOON);
});

test('clockSkew is undefined where no date is said', () => {
  for (const date of [undefined, '', 'yesterday', 'x'.repeat(1e6)])
    assert.equal(clockSkew(date, NOON), undefined);
});
