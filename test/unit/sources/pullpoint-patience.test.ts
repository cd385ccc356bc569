import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EndedPull, PullPatience, type Verdict } from '../../../src/sources/pullpoint/patience.ts';

/** Pulls, one after the other, that took so many seconds each; negative: closed without an answer. */
function after(...seconds: number[]) {
  const patience = new PullPatience();
  let at = 0;
  const verdicts = seconds.map((each): Verdict => {
    const tookMs = Math.abs(each) * 1000;
    at += tookMs;
    const end: EndedPull['end'] = each < 0 ? 'closed' : 'answered';
    return patience.judge({ end, askedMs: patience.limit(20_000), tookMs, at });
  });
  return { last: verdicts.at(-1), lost: verdicts.indexOf('lost'), patience };
}

describe('an empty pull whose connection is closed', () => {
  test('at the time that was asked for is no loss', () => {
    const { last, patience } = after(3, -20, -20);
    assert.deepEqual([last, patience.inDoubt, patience.limit(20_000)], ['usual', false, 20_000]);
  });

  test('always after the same time is the device’s way: it is asked for less, and nothing is lost', () => {
    assert.equal(after(3, -5).last, 'in doubt');
    const learning = after(3, -5, -5.1, 2, -4.9, -5, -5);
    assert.deepEqual([learning.last, learning.patience.inDoubt], ['usual', true]);
    assert.equal(learning.patience.limit(20_000), 20_000);
    const known = after(3, -5, -5.1, 2, -4.9, -5, -5, 1, -5);
    assert.deepEqual([known.lost, known.patience.inDoubt, known.patience.limit(20_000)], [-1, false, 4_000]);
    assert.equal(after(-5, -5, -5, -5, -5, -5, 4, 4, -4, -5).lost, -1);
  });

  test('is never asked for less than a second', () => {
    assert.equal(after(-0.9, -0.9, -0.9, -0.9, -0.9, -0.9).patience.limit(20_000), 1_000);
  });
});

describe('an answer that was lost is known', () => {
  const cases: Record<string, { seconds: number[]; lost: number }> = {
    'once a pull lives longer': { seconds: [3, -12, 20], lost: 2 },
    'once another ends after another time': { seconds: [3, -12, -7], lost: 2 },
    'once no rule shows in a while': { seconds: [3, -5, ...Array.from({ length: 40 }, () => 3)], lost: 32 },
    'from a device’s way, though five were lost after the same time': {
      seconds: [3, -12, -12, -12, -12, -12, 20],
      lost: 6,
    },
    'at once where the connection breaks at once': { seconds: [3, -0.1], lost: 1 },
    'where the device’s way is another': { seconds: [-5, -5, -5, -5, -5, -5, 4, -2, -1], lost: 8 },
  };
  for (const [what, { seconds, lost }] of Object.entries(cases))
    test(what, () => {
      const outcome = after(...seconds);
      assert.deepEqual([outcome.lost, outcome.patience.inDoubt], [lost, false]);
    });

  test('at once where its beginning came', () => {
    const { patience } = after(3, -12);
    const broken: EndedPull = { end: 'broken', askedMs: 20_000, tookMs: 4_000, at: 20_000 };
    assert.deepEqual([patience.inDoubt, patience.judge(broken), patience.inDoubt], [true, 'lost', false]);
  });
});
