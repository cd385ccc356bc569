// Commands in numbers: one at a time on a device, repeats of a request ID, floods.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setup } from './commands-setup.ts';

describe('a device', () => {
  test('does one thing at a time, with sixteen behind it', async () => {
    const { command, runs, open, answers, counts, settle } = setup();
    command('{"index":0}');
    await settle();
    for (let index = 1; index < 20; index++) command(`{"index":${index}}`);
    await settle();
    assert.equal(runs.length, 1);
    assert.equal(counts['BUSY'], 3);
    for (let index = 0; index < 17; index++) {
      open[index]?.resolve();
      await settle();
    }
    assert.deepEqual(
      runs,
      Array.from({ length: 17 }, (_, index) => ({ index })),
    );
    assert.equal(answers.filter(({ state }) => state === 'done').length, 17);
  });

  test('does not do what has waited for too long, or came too late', async () => {
    const { command, runs, answers, clock, open, settle } = setup();
    command('{"index":0}');
    command('{"index":1}');
    command('{"index":2}', { properties: { messageExpiryInterval: 3 } });
    await clock.advance(3_000);
    assert.equal(answers.at(-1)?.['code'], 'EXPIRED');
    await clock.advance(7_000);
    assert.equal(answers.filter(({ code }) => code === 'EXPIRED').length, 2);
    open[0]?.resolve();
    await settle();
    command('{"index":3}', { properties: { messageExpiryInterval: 0 } });
    await settle();
    assert.deepEqual(runs, [{ index: 0 }]);
    assert.equal(clock.waiting(), 0);
  });

  test('that is let go ends what it does, and leaves nothing', async () => {
    const { command, runner, answers, clock, settle } = setup();
    command();
    command();
    await settle();
    await runner.release('yard');
    await settle();
    assert.deepEqual(
      answers.slice(2).map(({ code }) => code),
      ['CLOSED', 'CLOSED'],
    );
    assert.equal(clock.waiting(), 0);
  });
});

describe('a request ID', () => {
  test('that comes again acts once, and is answered again', async () => {
    const { command, runs, open, answers, settle } = setup();
    command('{"requestId":"a"}');
    command('{"requestId":"a"}');
    await settle();
    open[0]?.resolve();
    await settle();
    command('{"requestId":"a"}');
    await settle();
    assert.equal(runs.length, 1);
    const done = answers.filter(({ state }) => state === 'done');
    assert.deepEqual([done.length, done.filter(({ repeat }) => repeat === true).length], [3, 2]);
  });

  test('is remembered for ten minutes', async () => {
    const { command, runs, open, clock, settle } = setup();
    command('{"requestId":"a"}');
    await settle();
    open[0]?.resolve();
    await clock.advance(599_999);
    command('{"requestId":"a"}');
    await settle();
    assert.equal(runs.length, 1);
    await clock.advance(1);
    command('{"requestId":"a"}');
    await settle();
    assert.equal(runs.length, 2);
  });

  test('of what expired in the line may act when it comes again', async () => {
    const { command, runs, open, clock, settle } = setup();
    command();
    command('{"requestId":"a"}');
    await clock.advance(10_000);
    open[0]?.resolve();
    await settle();
    command('{"requestId":"a"}');
    await settle();
    assert.equal(runs.length, 2);
  });
});

test('a flood of one request ID is answered for a while, and acts once', async () => {
  const { command, runs, open, answers, counts, settle } = setup();
  for (let index = 0; index < 1_000; index++) command('{"requestId":"a"}');
  await settle();
  open[0]?.resolve();
  await settle();
  assert.deepEqual([runs.length, counts['done'], counts['repeated']], [1, 1, 999]);
  assert.equal(answers.length, 1 + 1 + 100);
});

test('a flood of refused commands is counted, and answered for a while', async () => {
  const { command, answers, audits, counts, settle } = setup();
  for (let index = 0; index < 10_000; index++) command('nonsense');
  await settle();
  assert.equal(counts['INVALID'], 10_000);
  assert.equal(answers.length, 100);
  assert.equal(audits.length, 100);
});
