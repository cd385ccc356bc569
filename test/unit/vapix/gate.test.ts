import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGate } from '../../../src/vapix/gate.ts';

test('a gate lets its width through, in order, also past tasks that fail', async t => {
  const gate = createGate(2);
  let running = 0;
  const started: number[] = [];
  const tasks = Array.from({ length: 6 }, (_, at) =>
    gate(async () => {
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
  const gate = createGate(1);
  const ending = new AbortController();
  let finish: (result: string) => void = assert.fail;
  const first = new Promise<string>(resolve => {
    finish = resolve;
  });
  const running = gate(() => first, t.signal);
  const waiting = gate(() => assert.fail('it ran'), ending.signal);
  const last = gate(async () => 'last', t.signal);
  ending.abort(new Error('stopped'));
  await assert.rejects(waiting, { message: 'stopped' });
  finish('first');
  assert.deepEqual(await Promise.all([running, last]), ['first', 'last']);
});
