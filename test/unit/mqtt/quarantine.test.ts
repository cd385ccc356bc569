import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Quarantine } from '../../../src/mqtt/quarantine.ts';
import { createLog } from '../../../src/util/log.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createNotes } from '../../support/publisher.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A message whose topic and payload take so many bytes. */
const message = (topic: string, bytes: number) => ({ topic, payload: 'x'.repeat(bytes - topic.length) });
const [T, U, V] = ['t', 'u', 'v'];

function start(notes = createNotes(), clock = createFakeClock()) {
  const make = () => new Quarantine({ clock, notes, log: createLog({ level: 'silent' }) });
  return { clock, notes, make, quarantine: make() };
}

describe('a topic that ended connections', () => {
  test('rests, is tried apart after that, and rests longer each time', async () => {
    const { clock, quarantine } = start();
    quarantine.acquit(message(U, 5_000));
    for (const minutes of [5, 10, 20, 40, 60, 60]) {
      quarantine.convict(message(T, 400), false);
      assert.equal(quarantine.judge(message(T, 300)), 'resting');
      assert.equal(quarantine.judge(message(U, 400)), 'send');
      await clock.advance(minutes * MINUTE - 1);
      assert.equal(quarantine.judge(message(T, 300)), 'resting');
      await clock.advance(1);
      assert.equal(quarantine.judge(message(T, 300)), 'apart');
    }
    quarantine.acquit(message(T, 300));
    assert.equal(quarantine.judge(message(T, 300)), 'send');
  });

  test('may have been too large where nothing as large was taken: it is tried again, and then rests', () => {
    const { quarantine } = start();
    quarantine.acquit(message(U, 300));
    quarantine.convict(message(T, 3_000), false);
    assert.deepEqual(
      [message(T, 200), message(U, 3_100), message(U, 2_900)].map(one => quarantine.judge(one)),
      ['apart', 'apart', 'send'],
    );
    quarantine.convict(message(T, 3_000), false);
    assert.deepEqual(
      [message(T, 200), message(U, 3_100)].map(one => quarantine.judge(one)),
      ['resting', 'send'],
    );
  });

  test('is remembered with a bound', () => {
    const { quarantine } = start();
    quarantine.acquit(message(U, 500));
    for (let n = 0; n < 10_001; n++) quarantine.convict(message(`topic/${n}`, 400), false);
    assert.equal(quarantine.judge(message('topic/0', 400)), 'send');
    assert.equal(quarantine.judge(message('topic/1', 400)), 'resting');
  });
});

describe('a size from which on a broker ends the connection', () => {
  test('is learned from two topics, and then holds for all', () => {
    const { quarantine } = start();
    quarantine.acquit(message(U, 1_000));
    quarantine.convict(message(T, 3_000), false);
    quarantine.convict(message(U, 2_500), false);
    assert.deepEqual(
      [message(V, 2_499), message(V, 2_500), message(T, 200)].map(one => quarantine.judge(one)),
      ['send', 'too large', 'send'],
    );
  });

  test('or from one that is taken when it is smaller, or from what the broker says', () => {
    const smaller = start().quarantine;
    smaller.convict(message(T, 3_000), false);
    smaller.acquit(message(T, 1_500));
    assert.equal(smaller.judge(message(V, 3_000)), 'too large');
    const said = start().quarantine;
    said.convict(message(T, 600), true);
    assert.equal(said.judge(message(V, 600)), 'too large');
  });

  test('is not learned from small ones: those are two topics', () => {
    const { quarantine } = start();
    for (const topic of [T, U]) quarantine.convict(message(topic, 400), false);
    assert.equal(quarantine.judge(message(V, 500)), 'apart');
    quarantine.acquit(message(V, 500));
    assert.equal(quarantine.judge(message(V, 500)), 'send');
  });

  test('leaves room halfway to what was taken', () => {
    const { quarantine } = start();
    assert.equal(quarantine.roomFor('abc'), Number.POSITIVE_INFINITY);
    quarantine.acquit(message(U, 1_000));
    quarantine.convict(message(T, 3_000), false);
    assert.equal(quarantine.roomFor('abc'), 1_997);
  });

  test('outlives the process, and is tried again after an hour, then after two', async () => {
    const { clock, make, quarantine } = start();
    quarantine.convict(message(T, 3_000), true);
    await clock.advance(HOUR - 1);
    assert.equal(make().judge(message(V, 3_000)), 'too large');
    await clock.advance(1);
    const next = make();
    assert.equal(next.judge(message(V, 3_000)), 'apart');
    next.convict(message(V, 3_000), false);
    await clock.advance(HOUR);
    assert.equal(next.judge(message(V, 3_000)), 'too large');
    await clock.advance(HOUR);
    next.acquit(message(V, 3_000));
    assert.equal(next.judge(message(V, 9_000)), 'send');
    assert.equal(make().judge(message(V, 9_000)), 'send');
  });

  test('a clock that was far ahead does not keep it for more than a day', async () => {
    const { clock, make, quarantine } = start();
    clock.step(1_000 * HOUR);
    quarantine.convict(message(T, 3_000), true);
    clock.step(-1_000 * HOUR);
    const next = make();
    await clock.advance(24 * HOUR);
    assert.equal(next.judge(message(V, 3_000)), 'apart');
  });
});
