import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTakeoverWatch } from '../../../src/mqtt/takeover.ts';
import { type ErrorCode, fail } from '../../../src/util/errors.ts';

const PAST = { server: 'mqtt://b:1883', upMs: 100, worked: true, stuck: false };

type End = Partial<typeof PAST> & { code?: ErrorCode };

/** What each of these ends is judged to be. */
function judged(ends: readonly End[]): string[] {
  const watch = createTakeoverWatch(3);
  return ends.map(({ code = 'CLOSED', ...past }) => watch.judge(fail(code, 'x'), { ...PAST, ...past }).code);
}

describe('takeover', () => {
  test('the third working connection in a row that is closed, and each after it', () => {
    assert.deepEqual(judged([{}, {}, {}, {}]), ['CLOSED', 'CLOSED', 'BROKER_REFUSED', 'BROKER_REFUSED']);
  });

  for (const [name, other] of Object.entries({
    'one that had lasted': { upMs: 30_000 },
    'one that never worked': { worked: false },
    'one with a message that stood unanswered before': { stuck: true },
  })) {
    test(`${name} begins the row anew`, () => {
      assert.deepEqual(new Set(judged([{}, {}, other, {}, {}])), new Set(['CLOSED']));
    });
  }

  test('silence is no takeover', () => {
    const silent = { code: 'STALLED' } as const;
    assert.deepEqual(new Set(judged([silent, silent, silent, silent])), new Set(['STALLED']));
  });

  test('a server that cannot be reached in between begins the row anew', () => {
    const watch = createTakeoverWatch(2);
    assert.equal(watch.judge(fail('CLOSED', 'x'), PAST).code, 'CLOSED');
    watch.unreached();
    assert.equal(watch.judge(fail('CLOSED', 'x'), PAST).code, 'CLOSED');
  });
});
