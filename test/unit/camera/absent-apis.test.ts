import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AbsentApis } from '../../../src/camera/absent-apis.ts';
import { type ErrorCode, fail } from '../../../src/util/errors.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

function setup() {
  const clock = createFakeClock();
  const absent = new AbsentApis(clock);
  let asked = 0;
  /** How often it was asked in all, after one more question that is answered with that error. */
  const ask = async (code?: ErrorCode): Promise<number> => {
    const request = async () => {
      asked += 1;
      if (code !== undefined) throw fail(code, 'no');
    };
    await absent.ask('info', request).catch(() => undefined);
    return asked;
  };
  return { clock, absent, ask };
}

test('what a device does not have is asked for after a minute, then after two, and at once on a new connection', async () => {
  const { clock, absent, ask } = setup();
  assert.equal(await ask('NOT_FOUND'), 1);
  await clock.advance(59_000);
  await assert.rejects(
    absent.ask('info', async () => 1),
    { code: 'NOT_FOUND' },
  );
  await clock.advance(1_000);
  assert.equal(await ask('NOT_FOUND'), 2);
  await clock.advance(119_000);
  assert.equal(await ask('NOT_FOUND'), 2);
  clock.step(3_600_000);
  assert.equal(await ask('NOT_FOUND'), 2);
  absent.forget();
  assert.equal(await ask('NOT_FOUND'), 3);
});

test('what it has, or refuses for another reason, is asked for each time', async () => {
  const { ask } = setup();
  for (const [index, code] of ([undefined, 'FORBIDDEN', 'TIMEOUT', undefined] as const).entries())
    assert.equal(await ask(code), index + 1);
});
