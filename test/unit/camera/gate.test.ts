import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGate } from '../../../src/camera/gate.ts';
import type { Notification } from '../../../src/event.ts';
import { said } from '../../support/notification.ts';

const at = (time: number) => said({ time: String(time) });

test('nothing passes before it is opened, then all that waited, in order', async () => {
  const gate = createGate();
  const passed: (string | null)[] = [];
  const waiting = [1, 2, 3].map(time => gate.take(at(time)));
  await new Promise(setImmediate);
  assert.equal(passed.length, 0);
  gate.open(async ({ time }) => void passed.push(time));
  await Promise.all(waiting);
  assert.deepEqual(passed, ['1', '2', '3']);
});

test('what comes while it opens does not pass what waited', async () => {
  const gate = createGate();
  const passed: (string | null)[] = [];
  const taken: Promise<void>[] = [];
  const take = (time: number) => taken.push(gate.take(at(time)));
  for (const time of [1, 2, 3]) take(time);
  gate.open(async ({ time }: Notification) => {
    passed.push(time);
    if (time === '1') take(4);
  });
  take(5);
  queueMicrotask(() => take(6));
  await new Promise(setImmediate);
  await Promise.all(taken);
  assert.deepEqual(passed.slice(0, 3), ['1', '2', '3']);
  assert.deepEqual(passed.length, 6);
});

test('once open it passes at once, and tells what became of it', async () => {
  const gate = createGate();
  let passed = 0;
  gate.open(async () => {
    passed += 1;
    if (passed === 2) throw new Error('of the second');
  });
  await gate.take(at(1));
  const second = gate.take(at(2));
  assert.equal(passed, 2);
  await assert.rejects(second, /of the second/);
});

test('refused, it rejects what waits and what comes with the reason', async () => {
  const gate = createGate();
  const waiting = gate.take(at(1));
  const reason = new Error('another device');
  gate.refuse(reason);
  for (const take of [waiting, gate.take(at(2)), gate.decided]) await assert.rejects(take, reason);
});

test('the first decision stands', async () => {
  const gate = createGate();
  gate.open(async () => {});
  gate.refuse(new Error('too late'));
  await gate.take(at(1));
});
