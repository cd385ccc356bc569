// How many devices a process connects to, by the files that it may open.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnections } from '../../../src/camera/connections.ts';
import { fail } from '../../../src/util/errors.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

test('past the limit there is an error until one ends; without one there is none', () => {
  const clock = createFakeClock();
  const { enter } = createConnections({ openFiles: 52, clock });
  const leave = enter();
  enter();
  assert.throws(enter, { code: 'DESCRIPTORS', message: /52 open files leaves room for 2 devices/ });
  leave();
  enter();
  assert.throws(enter, { code: 'DESCRIPTORS' });
  const unlimited = createConnections({ openFiles: Number.POSITIVE_INFINITY, clock });
  for (let i = 0; i < 10_000; i++) unlimited.enter();
});

test('that there are too few is said once an hour for all', async () => {
  const clock = createFakeClock();
  const { tell } = createConnections({ openFiles: 52, clock });
  const said: object[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (fields: object) => void said.push(fields) };
  for (const minutes of [1, 58, 2]) {
    tell(log, fail('DESCRIPTORS', 'too few'));
    tell(log, fail('DESCRIPTORS', 'too few'));
    await clock.advance(minutes * 60_000);
  }
  assert.equal(said.length, 1);
  tell(log, fail('DESCRIPTORS', 'too few'));
  assert.equal(said.length, 2);
});
