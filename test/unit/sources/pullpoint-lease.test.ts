// The life of a pull point: by time that passes, whatever the time of day is set to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPullLease } from '../../../src/sources/pullpoint/lease.ts';
import { fail } from '../../../src/util/errors.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const DAY = 86_400_000;

/** Of a device that renews nothing; its clock is an hour ahead of ours. */
function setup() {
  const clock = createFakeClock();
  const current = clock.now() + 3_600_000;
  const asked: string[] = [];
  const lease = createPullLease({
    clock,
    granted: { current, termination: current + 60_000 },
    async renew(until) {
      asked.push(until);
      throw fail('REFUSED', 'it does not renew');
    },
  });
  const ending = new AbortController();
  let failure: unknown;
  const kept = lease.keep(ending.signal).catch(error => {
    failure = error;
  });
  const end = () => {
    ending.abort();
    return kept;
  };
  return { clock, current, asked, failure: () => failure, end };
}

test('a step of the clock ends no pull point, and time that passes does', async () => {
  for (const days of [10, -10]) {
    const { clock, failure, end } = setup();
    await clock.advance(30_000);
    clock.step(days * DAY);
    await clock.advance(29_000);
    assert.equal(failure(), undefined);
    await clock.advance(1_000);
    assert.match(String(failure()), /its subscription is over/);
    await end();
  }
});

test('it is renewed by the time that the device has, after a step of ours too', async () => {
  const { clock, current, asked, end } = setup();
  clock.step(10 * DAY);
  await clock.advance(30_000);
  const wanted = new Date(current + 90_000).toISOString();
  assert.deepEqual(asked.map(until => until.slice(0, 19)).slice(1), [wanted.slice(0, 19)]);
  await end();
});
