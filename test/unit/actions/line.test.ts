// The line in front of a device: whose turn it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLine } from '../../../src/actions/line.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

test('what only waits for its own end, such as that of a recording, lets the next one begin', async () => {
  const clock = createFakeClock();
  const line = createLine(clock);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const task = (name: string, frees: boolean) =>
    line.run(({ free, signal }) => {
      begun.push(name);
      if (frees) free();
      return new Promise<string>((resolve, reject) => {
        ends.push(() => resolve(name));
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    }, clock.now() + 10_000);
  const recording = task('recording', true);
  const siren = task('siren', false);
  const light = task('light', false);
  await clock.advance(0);
  assert.deepEqual(begun, ['recording', 'siren']);
  ends[1]?.();
  assert.equal(await siren, 'siren');
  await clock.advance(0);
  assert.deepEqual(begun, ['recording', 'siren', 'light']);
  const failures = Promise.allSettled([recording, light]);
  await line.end();
  for (const outcome of await failures) assert.equal(Object(outcome).reason.code, 'CLOSED');
  assert.equal(clock.waiting(), 0);
});

test('a task that throws at once gives its turn on', async () => {
  const clock = createFakeClock();
  const line = createLine(clock);
  const thrown = line.run(() => {
    throw new Error('no client');
  }, clock.now() + 1);
  await assert.rejects(thrown, /no client/);
  assert.equal(await line.run(async () => 'next', clock.now() + 1), 'next');
});

test('a step of the clock, in either direction, takes nothing out of the line, and time that passes does', async () => {
  const clock = createFakeClock();
  const line = createLine(clock);
  let end = () => {};
  const first = line.run(
    () =>
      new Promise<void>(resolve => {
        end = resolve;
      }),
    clock.monotonic() + 10_000,
  );
  const second = line.run(async () => 'done', clock.monotonic() + 10_000);
  clock.step(86_400_000);
  clock.step(-2 * 86_400_000);
  const third = line.run(async () => 'done', clock.monotonic() + 20_000);
  const late = assert.rejects(second, { code: 'EXPIRED' });
  await clock.advance(10_000);
  await late;
  end();
  await first;
  assert.equal(await third, 'done');
});
