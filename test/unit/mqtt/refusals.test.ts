import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createRefusals } from '../../../src/mqtt/refusals.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

function start() {
  const lines: { reason: string; count: number }[] = [];
  const clock = createFakeClock();
  const log = pino({ base: null }, { write: line => lines.push(JSON.parse(line)) });
  return {
    clock,
    refusals: createRefusals(log, clock),
    told: () => lines.map(({ reason, count }) => [reason, count]),
  };
}

test('a flood of refusals is a line at once, then a line a minute with the sum', async () => {
  const { clock, refusals, told } = start();
  for (let n = 0; n < 1_000; n++) refusals.add(`topic/${n}`, 'not authorized');
  assert.deepEqual(told(), [['not authorized', 1]]);
  await clock.advance(60_000);
  assert.deepEqual(told().slice(1), [['not authorized', 999]]);
});

test('another reason is told at once, and so is the same one after a quiet minute', async () => {
  const { clock, refusals, told } = start();
  refusals.add('a', 'not authorized');
  refusals.add('b', 'packet too large');
  assert.equal(told().length, 2);
  await clock.advance(120_000);
  refusals.add('a', 'not authorized');
  assert.equal(told().length, 3);
});

test('closing tells what is untold and leaves no timer', () => {
  const { clock, refusals, told } = start();
  refusals.add('a', 'not authorized');
  refusals.add('a', 'not authorized');
  refusals.close();
  assert.deepEqual(told(), [
    ['not authorized', 1],
    ['not authorized', 1],
  ]);
  assert.equal(clock.waiting(), 0);
});

test('a long topic is cut', () => {
  const lines: { topic: string }[] = [];
  const log = pino({ base: null }, { write: line => lines.push(JSON.parse(line)) });
  const refusals = createRefusals(log, createFakeClock());
  refusals.add('x'.repeat(60_000), 'packet too large');
  refusals.close();
  assert.equal(lines[0]?.topic, `${'x'.repeat(200)}… (60000 characters)`);
});
