import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { FairShare } from '../../../src/mqtt/fair-share.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

/** At a time that the test sets; what it says comes with the second in which it says so. */
function start() {
  const time = { now: 0 };
  const said: string[] = [];
  const say = (what: string) => () => void said.push(`${what} ${Math.floor(time.now / 1_000)}`);
  const clock = { ...createFakeClock(), monotonic: () => time.now };
  const share = new FairShare({ clock, onFlood: say('flood'), onTooMuch: say('too much') });
  return { time, said, share };
}

test('what is done in a moment waits for nothing, however much it is in all', async () => {
  const { share } = start();
  for (let n = 0; n < 1_000; n++) assert.equal(share.wait(), 0);
});

test('work of 1 ms in one turn of the event loop is followed by a rest twice as long as it', () => {
  const { time, share } = start();
  const waits = Array.from({ length: 9 }, () => {
    time.now += 0.4;
    return Math.round(share.wait() * 10) / 10;
  });
  // Three of 0.4 ms are 1.2.
  assert.deepEqual(waits, [0, 0, 0, 2.4, 0, 0, 0, 2.4, 0]);
});

test('each turn begins anew', async () => {
  const { time, share } = start();
  for (let n = 0; n < 10; n++) {
    assert.equal(share.wait(), 0);
    time.now += 5;
    await setImmediate();
  }
});

test('a flood is told once after ten seconds, and is too much after two minutes; another one is told again', () => {
  const { time, said, share } = start();
  const flood = (ms: number) => {
    for (const end = time.now + ms; time.now < end; time.now += 10 + share.wait());
  };
  flood(15_000);
  time.now += 1_000;
  flood(15_000);
  assert.deepEqual(said, ['flood 10', 'flood 26']);
  time.now += 1_000;
  flood(121_000);
  assert.match(said.at(-1) ?? '', /^too much 15\d$/);
});
