import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { FairShare } from '../../../src/util/fair-share.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

/** At a time that the test sets; what it says comes with the second in which it says so. */
function start() {
  const time = { now: 0 };
  const said: string[] = [];
  const say = (what: string) => () => void said.push(`${what} ${Math.floor(time.now / 1_000)}`);
  const clock = { ...createFakeClock(), monotonic: () => time.now };
  const share = new FairShare({ clock, onFlood: say('flood'), onTooMuch: say('too much') });
  /** A piece of work that takes so long; gives the rest, in tenths of a millisecond. */
  const work = (ms: number, bytes = Number.POSITIVE_INFINITY) => {
    share.begin();
    time.now += ms;
    return Math.round(share.rest(bytes) * 10) / 10;
  };
  return { time, said, work };
}

describe('the rest', () => {
  test('is none after what is done in a moment, however much it is in all', () => {
    const { work } = start();
    for (let n = 0; n < 1_000; n++) assert.equal(work(0), 0);
  });

  test('is twice as long as the work, after 2 ms of it in one turn of the event loop', () => {
    const { work } = start();
    // Three of 0.8 ms are 2.4.
    assert.deepEqual(
      [0.8, 0.8, 0.8, 0.8, 0.8, 0.8].map(ms => work(ms)),
      [0, 0, 4.8, 0, 0, 4.8],
    );
  });

  test('is none where each turn has little', async () => {
    const { work } = start();
    for (let n = 0; n < 10; n++) {
      assert.equal(work(1.9), 0);
      await setImmediate();
    }
  });

  test('grows with the square of what is done at once, past 100 ms, up to 10 s', () => {
    const { work } = start();
    const rests = Array.from({ length: 8 }, () => work(40));
    assert.deepEqual(rests, [80, 80, 3200, 3200, 3200, 3200, 3200, 3200]);
    assert.equal(work(100), 10_000);
  });

  test('counts no more time than so many bytes can take: the machine was busy otherwise', () => {
    const { work } = start();
    assert.equal(work(5_000, 200), 6);
  });
});

test('a flood is told once after ten seconds, and is too much after two minutes; another one is told again', () => {
  const { time, said, work } = start();
  const flood = (ms: number) => {
    for (const end = time.now + ms; time.now < end; ) time.now += work(2.5);
  };
  flood(25_000);
  assert.deepEqual(said, ['flood 10']);
  time.now += 60_000;
  flood(25_000);
  assert.deepEqual(said, ['flood 10', 'flood 95']);
  flood(200_000);
  assert.match(said.at(-1) ?? '', /^too much 2\d\d$/);
  assert.equal(said.length, 3);
});

test('much work is no flood where it seldom has to rest', () => {
  const { time, said, work } = start();
  for (let n = 0; n < 10_000; n++) time.now += work(2) + 50;
  assert.deepEqual(said, []);
});
