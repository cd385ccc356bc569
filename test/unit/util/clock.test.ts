// The system's clock, where Node's timers are not enough.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/util/clock.ts';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

test('a timer may take longer than Node can count, and be cancelled', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const pass = (hours: number) => {
    for (let hour = 0; hour < hours; hour++) t.mock.timers.tick(HOUR);
  };
  const rung: string[] = [];
  systemClock.after(30 * DAY, () => rung.push('30'));
  const cancel = systemClock.after(90 * DAY, () => rung.push('90'));
  pass(29 * 24);
  assert.deepEqual(rung, []);
  pass(25);
  assert.deepEqual(rung, ['30']);
  cancel();
  pass(100 * 24);
  assert.deepEqual(rung, ['30']);
});
