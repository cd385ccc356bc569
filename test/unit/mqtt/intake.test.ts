import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createIntakes } from '../../../src/mqtt/intake.ts';
import type { Inbound } from '../../../src/mqtt/types.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const MESSAGE: Inbound = { topic: 't', payload: Buffer.from(''), qos: 1, retain: false, properties: {} };

/** A subscriber that finishes when the test says so. */
function createSubscriber() {
  const clock = createFakeClock();
  const intakes = createIntakes(clock);
  const open: (() => void)[] = [];
  let lags = 0;
  const intake = intakes.add(
    () => new Promise(resolve => open.push(resolve)),
    () => (lags += 1),
  );
  const fill = (count: number) => {
    for (let index = 0; index < count; index++) intake.take(MESSAGE);
  };
  return { clock, intakes, intake, fill, open, lags: () => lags };
}

test('there is room until 64 messages of one subscriber are open, and again once one is done', async () => {
  const { intakes, fill, open, clock } = createSubscriber();
  fill(63);
  assert.equal(intakes.room(), undefined);
  fill(1);
  const room = intakes.room();
  assert.ok(room);
  open.pop()?.();
  await room;
  assert.equal(intakes.room(), undefined);
  assert.equal(clock.waiting(), 0);
});

test('a message that failed is done too', async () => {
  const intakes = createIntakes(createFakeClock());
  const intake = intakes.add(
    () => Promise.reject(new Error('no')),
    () => assert.fail('lags'),
  );
  for (let index = 0; index < 200; index++) {
    intake.take(MESSAGE);
    await setImmediate();
  }
  assert.equal(intakes.room(), undefined);
});

test('one that stays full for 15 s is told so, and its end gives way to the others', async () => {
  const { intakes, intake, fill, clock, lags } = createSubscriber();
  fill(64);
  const room = intakes.room();
  await clock.advance(14_999);
  assert.equal(lags(), 0);
  await clock.advance(1);
  assert.equal(lags(), 1);
  intake.close();
  await room;
  assert.equal(clock.waiting(), 0);
});

test('all that are full have to get room', async () => {
  const intakes = createIntakes(createFakeClock());
  const done: (() => void)[] = [];
  const [first, second] = [0, 1].map(() =>
    intakes.add(
      () => new Promise(resolve => done.push(resolve)),
      () => {},
    ),
  );
  for (let index = 0; index < 64; index++) {
    first?.take(MESSAGE);
    second?.take(MESSAGE);
  }
  let isRoom = false;
  void intakes.room()?.then(() => (isRoom = true));
  done[0]?.();
  await setImmediate();
  assert.equal(isRoom, false);
  done[1]?.();
  await setImmediate();
  assert.equal(isRoom, true);
});
