import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { withDeadline } from '../../../src/util/deadline.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

/** A task that ends with its signal, in its own words. */
const endless = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new Error('own words'))),
  );

const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;

test('withDeadline gives the result or the error of the task, and leaves no timer and no listener', async () => {
  const { signal } = new AbortController();
  const before = timers();
  assert.equal(
    await withDeadline({ ms: 60_000, signals: [signal, undefined], who: 'x' }, async () => 'done'),
    'done',
  );
  const failing = withDeadline({ ms: 60_000, signals: [signal], who: 'x' }, () =>
    Promise.reject(new Error('own')),
  );
  await assert.rejects(failing, { message: 'own' });
  assert.equal(timers(), before);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('withDeadline is TIMEOUT when time is up, whatever the task says then', async () => {
  const late = withDeadline({ ms: 10, signals: [], who: 'camera' }, endless);
  await assert.rejects(late, { code: 'TIMEOUT', message: 'camera: no answer within 0.01 s' });
  const clock = createFakeClock();
  const slow = withDeadline({ ms: 60_000, signals: [], who: 'camera', clock }, endless);
  slow.catch(() => undefined);
  await clock.advance(60_000);
  await assert.rejects(slow, { code: 'TIMEOUT' });
});

test('withDeadline ends with the reason of the signal that was aborted; after that no task starts', async () => {
  const ending = new AbortController();
  const signals = [new AbortController().signal, ending.signal];
  const running = withDeadline({ ms: 60_000, signals, who: 'x' }, endless);
  ending.abort(new Error('stopped'));
  await assert.rejects(running, { message: 'stopped' });
  const never = withDeadline({ ms: 60_000, signals, who: 'x' }, () => assert.fail('it ran'));
  await assert.rejects(never, { message: 'stopped' });
});
