// The first thing that a newcomer runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeProgram } from '../support/bridge-process.ts';
import { eventually } from '../support/eventually.ts';

test('the demo shows events of a camera as a subscriber sees them, and ends at Ctrl-C', async t => {
  const program = await makeProgram(t);
  const run = program.start(['demo']);
  await eventually('an event', () => run.stdout.includes('axis2mqtt/front-door/event/'));
  assert.match(run.stdout, /^A simulated AXIS camera \(serial [0-9A-F]{12}\)/);
  assert.deepEqual(await run.end('SIGINT'), { code: 0, signal: null });
  assert.equal(run.stderr, '');
});

test('a reader that has seen enough ends a command, without a word', async t => {
  const program = await makeProgram(t);
  const run = program.start(['demo']);
  await eventually('the first lines', () => run.stdout !== '');
  run.hangUp();
  const { code } = await run.ended();
  assert.equal(code, 0);
  assert.equal(run.stderr, '');
});
