import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Logins } from '../../../src/mqtt/logins.ts';
import { fail } from '../../../src/util/errors.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const [ONE, TWO] = ['mqtt://one', 'mqtt://two'];
const NEVER = new AbortController().signal;

/** Refuses a login each time that it may be tried, for `ms`; the times of these, s. */
async function refuseFor(ms: number, wasAccepted: boolean): Promise<number[]> {
  const clock = createFakeClock();
  const logins = new Logins(clock);
  if (wasAccepted) logins.accepted(ONE, 'a')();
  const times: number[] = [];
  const begun = clock.monotonic();
  for (let now = begun; now - begun < ms; now = clock.monotonic()) {
    times.push((now - begun) / 1000);
    logins.refused(ONE, 'a');
    await clock.advance(logins.restOf(ONE, 'a'));
  }
  return times;
}

describe('a login that is refused', () => {
  test('rests five minutes where it was never right', async () => {
    assert.deepEqual(await refuseFor(900_000, false), [0, 300, 600]);
  });

  test('is tried again soon where it was right before, three times in five minutes at most', async () => {
    assert.deepEqual(await refuseFor(700_000, true), [0, 20, 70, 300, 320, 370, 600, 620, 670]);
  });

  test('is known to have been right over restarts', () => {
    const clock = createFakeClock();
    let told = 0;
    const onAccepted = () => {
      told += 1;
    };
    const first = new Logins(clock, { onAccepted });
    for (let n = 0; n < 3; n++) first.accepted(ONE, 'a')();
    const second = new Logins(clock, { onAccepted, wasAccepted: true });
    second.refused(ONE, 'a');
    assert.equal(second.restOf(ONE, 'a'), 20_000);
    second.accepted(ONE, 'a');
    assert.equal(told, 1);
  });

  test('rests at that server alone', () => {
    const logins = new Logins(createFakeClock());
    logins.refused(ONE, 'a');
    assert.ok(logins.restOf(ONE, 'b') > 0);
    assert.equal(logins.restOf(TWO, 'a'), 0);
  });

  test('while another client is connected, is about its own client identifier', () => {
    const logins = new Logins(createFakeClock());
    const left = logins.accepted(ONE, 'a');
    logins.refused(ONE, 'b');
    assert.equal(logins.restOf(ONE, 'a'), 0);
    assert.ok(logins.restOf(ONE, 'b') > 0);
    left();
    logins.accepted(ONE, 'b');
    assert.equal(logins.restOf(ONE, 'b'), 0);
  });

  test('is tried by one client at a time, while nobody knows whether it is right', async () => {
    const logins = new Logins(createFakeClock());
    const order: string[] = [];
    let refuse = () => {};
    const first = logins.turn(async () => {
      await new Promise<void>(resolve => {
        refuse = resolve;
      });
      order.push('first');
    }, NEVER);
    const second = logins.turn(async () => void order.push('second'), NEVER);
    const stop = new AbortController();
    const third = assert.rejects(logins.turn(async () => void order.push('third'), stop.signal));
    stop.abort();
    await third;
    await new Promise(setImmediate);
    refuse();
    await Promise.all([first, second]);
    assert.deepEqual(order, ['first', 'second']);
  });
});

describe('who is connected again', () => {
  test('tells the others that wait for the same, not too often', async () => {
    const clock = createFakeClock();
    const logins = new Logins(clock);
    let news = 0;
    const cancel = logins.onBack(fail('UNREACHABLE', 'x'), () => {
      news += 1;
    });
    logins.onBack(fail('BROKER_REFUSED', 'another client'), () => assert.fail('that is another matter'));
    logins.accepted(ONE, 'a');
    logins.accepted(ONE, 'b')();
    assert.equal(news, 1);
    for (let n = 0; n < 10; n++) logins.accepted(ONE, 'c')();
    assert.equal(news, 1);
    cancel();
  });
});
