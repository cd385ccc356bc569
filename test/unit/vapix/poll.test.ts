import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fail } from '../../../src/util/errors.ts';
import { eitherOf, type Poll } from '../../../src/vapix/poll.ts';
import { readingOf } from '../../../src/vapix/readings.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { addressOf } from '../../support/http-device.ts';
import { codeOf, connect } from './helper.ts';

function setup(t: Parameters<typeof connect>[0]) {
  const asked: string[] = [];
  const refusals = new Map<string, Error>();
  const way =
    (name: string): Poll =>
    async () => {
      asked.push(name);
      const refusal = refusals.get(name);
      if (refusal) throw refusal;
      return [readingOf(name, {})];
    };
  const client = connect(t, addressOf(9));
  const poll = eitherOf(way('new'), way('old'));
  const options = { signal: new AbortController().signal, clock: createFakeClock() };
  return { asked, refusals, poll: async () => (await poll(client, options))[0]?.api, codeOf };
}

test('eitherOf keeps to the way that the device has, until it has it no more', async t => {
  const { asked, refusals, poll } = setup(t);
  refusals.set('new', fail('NOT_FOUND', 'test'));
  assert.equal(await poll(), 'old');
  assert.equal(await poll(), 'old');
  assert.deepEqual(asked.splice(0), ['new', 'old', 'old']);
  refusals.delete('new');
  refusals.set('old', fail('NOT_FOUND', 'test'));
  assert.equal(await poll(), 'new');
  assert.deepEqual(asked, ['old', 'new']);
});

test('eitherOf does not leave a way that worked for a fault that passes', async t => {
  const { asked, refusals, poll } = setup(t);
  assert.equal(await poll(), 'new');
  refusals.set('new', fail('REFUSED', 'HTTP 500'));
  assert.equal(await codeOf(poll()), 'REFUSED');
  refusals.delete('new');
  assert.equal(await poll(), 'new');
  assert.deepEqual(asked, ['new', 'new', 'new']);
});

test('eitherOf says why the way that is there refuses, and does not try another where nobody answers', async t => {
  const { asked, refusals, poll } = setup(t);
  refusals.set('new', fail('NOT_FOUND', 'test')).set('old', fail('REFUSED', 'test'));
  assert.equal(await codeOf(poll()), 'REFUSED');
  refusals.set('old', fail('NOT_FOUND', 'test'));
  assert.equal(await codeOf(poll()), 'NOT_FOUND');
  asked.length = 0;
  refusals.set('new', fail('TIMEOUT', 'test'));
  assert.equal(await codeOf(poll()), 'TIMEOUT');
  assert.deepEqual(asked, ['new']);
});
