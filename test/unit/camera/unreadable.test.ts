import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Gap } from '../../../src/camera/outlet.ts';
import { UnreadableReport } from '../../../src/camera/unreadable.ts';
import { createLog } from '../../../src/util/log.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const START = Date.UTC(2026, 10, 22, 8);
const MINUTE = 60_000;

function setup() {
  const clock = createFakeClock(START);
  const gaps: Gap[] = [];
  const warnings: object[] = [];
  const counts: number[] = [];
  const report = new UnreadableReport({
    publish: gap => void gaps.push(gap),
    count: (_, by) => void counts.push(by),
    clock,
    log: { ...createLog({ level: 'silent' }), warn: fields => void warnings.push(fields) },
  });
  return { clock, gaps, warnings, counts, report };
}

/** So many ms after the start. */
function at(ms: number): string {
  return new Date(START + ms).toISOString();
}

test('the first is told at once, then the sum once a minute, and nothing where there is nothing', async () => {
  const { clock, gaps, warnings, counts, report } = setup();
  report.add({ reason: 'no topic', count: 1 });
  assert.deepEqual(gaps, [{ from: at(-1000), to: at(0), cause: 'unreadable', events: 1 }]);
  await clock.advance(10_000);
  report.add({ reason: 'a control character', topic: 'tns1:A', count: 1 });
  await clock.advance(20_000);
  report.add({ reason: 'too long', topic: 'tns1:B', count: 2 });
  report.add({ reason: 'too long', topic: 'tns1:A', count: 1 });
  assert.equal(gaps.length, 1);
  await clock.advance(MINUTE);
  const topics = ['tns1:A', 'tns1:B'];
  assert.deepEqual(gaps.slice(1), [
    { from: at(9000), to: at(30_000), cause: 'unreadable', events: 4, topics },
  ]);
  assert.deepEqual(warnings, [
    { documents: 1, reason: 'no topic' },
    { documents: 3, reason: 'a control character', topics },
  ]);
  await clock.advance(5 * MINUTE);
  assert.deepEqual([gaps.length, clock.waiting()], [2, 0]);
  report.add({ reason: 'no topic', count: 1 });
  assert.deepEqual([gaps.length, counts.length], [3, 5]);
});

test('a number that is not known makes the sum unknown, and only five topics are named', async () => {
  const { clock, gaps, report } = setup();
  report.add({ reason: 'first', count: 1 });
  report.add({ reason: 'malformed' });
  for (let index = 0; index < 9; index++)
    report.add({ reason: 'x', topic: `${index}`.repeat(1000), count: 1 });
  await clock.advance(MINUTE);
  assert.equal(gaps[1]?.events, 'unknown');
  assert.deepEqual(
    gaps[1]?.topics,
    ['0', '1', '2', '3', '4'].map(digit => digit.repeat(256)),
  );
});

test('what was no event is logged, and no gap', async () => {
  const { clock, gaps, warnings, report } = setup();
  report.add({ reason: 'an answer to nothing', count: 0 });
  report.add({ reason: 'an answer to nothing', count: 0 });
  await clock.advance(MINUTE);
  assert.deepEqual([gaps.length, warnings.length], [0, 2]);
});

test('the end tells what is left and leaves no timer', () => {
  const { clock, gaps, report } = setup();
  report.add({ reason: 'first', count: 1 });
  report.add({ reason: 'second', count: 1 });
  report.end();
  assert.deepEqual(
    gaps.map(({ events }) => events),
    [1, 1],
  );
  assert.equal(clock.waiting(), 0);
});

test('a reason that holds a long topic is cut in the log', () => {
  const { warnings, report } = setup();
  report.add({ reason: 'x'.repeat(60_000), count: 1 });
  assert.deepEqual(warnings, [{ documents: 1, reason: 'x'.repeat(512) }]);
  report.end();
});
