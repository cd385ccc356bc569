import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSchedule } from '../../../src/camera/polling/schedule.ts';

function setup(first = 1_500) {
  const clock = { time: 1_000, monotonic: () => clock.time };
  return { clock, schedule: createSchedule(clock, first) };
}

test('the next time is one interval after the last start, and times that passed meanwhile are skipped', () => {
  const { clock, schedule } = setup();
  assert.equal(schedule.due(), 1_500);
  clock.time = 1_600;
  schedule.plan(1_500, 1_000);
  assert.equal(schedule.due(), 2_500);
  clock.time = 4_700;
  schedule.plan(1_500, 1_000);
  assert.equal(schedule.due(), 5_500);
});

test('what is put off is not brought forward', () => {
  const { schedule } = setup();
  schedule.putOff(1_200);
  assert.equal(schedule.due(), 1_500);
  schedule.putOff(9_000);
  assert.equal(schedule.due(), 9_000);
});
