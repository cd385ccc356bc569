import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLimit } from '../../../src/util/limit.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

test('a limit lets its width through, in order, also past tasks that fail', async t => {
  const limit = createLimit({ width: 2 });
  let running = 0;
  const started: number[] = [];
  const tasks = Array.from({ length: 6 }, (_, at) =>
    limit(async () => {
      started.push(at);
      running += 1;
      assert.ok(running <= 2);
      await new Promise(setImmediate);
      running -= 1;
      if (at === 1) throw new Error('failed');
    }, t.signal),
  );
  const results = await Promise.allSettled(tasks);
  assert.deepEqual(started, [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(results.filter(({ status }) => status === 'rejected').length, 1);
});

test('a task that is aborted while it waits is never run, and holds nobody up', async t => {
  const limit = createLimit({ width: 1 });
  const ending = new AbortController();
  let finish: (result: string) => void = assert.fail;
  const first = new Promise<string>(resolve => {
    finish = resolve;
  });
  const running = limit(() => first, t.signal);
  const waiting = limit(() => assert.fail('it ran'), ending.signal);
  const last = limit(async () => 'last', t.signal);
  ending.abort(new Error('stopped'));
  await assert.rejects(waiting, { message: 'stopped' });
  finish('first');
  assert.deepEqual(await Promise.all([running, last]), ['first', 'last']);
});

test('a slow task goes on but keeps nobody waiting, and counts once', async t => {
  const clock = createFakeClock();
  const limit = createLimit({ width: 1, slow: { ms: 1000, clock } });
  const finish: ((result: string) => void)[] = [];
  const task = () => limit(() => new Promise<string>(resolve => finish.push(resolve)), t.signal);
  const tasks = [task(), task(), task()];
  await clock.advance(0);
  await clock.advance(999);
  assert.equal(finish.length, 1);
  await clock.advance(1);
  assert.equal(finish.length, 2, 'the second runs beside the slow one');
  finish[0]?.('first');
  assert.equal(await tasks[0], 'first');
  assert.equal(finish.length, 2, 'the end of the slow one frees nothing more');
  finish[1]?.('second');
  await tasks[1];
  await clock.advance(0);
  finish[2]?.('third');
  assert.equal(await tasks[2], 'third');
});
