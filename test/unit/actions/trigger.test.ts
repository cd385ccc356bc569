// When a trigger acts: holding, resting, arming, what was so before; and triggers that set themselves off.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isArmed } from '../../../src/actions/arming.ts';
import { createLoops } from '../../../src/actions/loops.ts';
import { createTrigger, type TriggerSpec } from '../../../src/actions/trigger.ts';
import type { Json } from '../../../src/event.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const PLAIN: TriggerSpec = { for: 0, cooldown: 0, retained: false, when: { open: true } };

function setup(spec: Partial<TriggerSpec> = {}) {
  const clock = createFakeClock();
  const acted: string[] = [];
  const outcomes: string[] = [];
  const trigger = createTrigger({
    spec: { ...PLAIN, ...spec },
    clock,
    act: ({ topic }) => acted.push(topic),
    count: outcome => outcomes.push(outcome),
  });
  const hear = (value: Json, { place = 'door', old = false, gone = false } = {}) =>
    trigger.hear({ place, value, old, gone, cause: { broker: 'main', topic: place } });
  return { clock, trigger, hear, acted, outcomes };
}

describe('a trigger', () => {
  test('acts each time that its condition holds', () => {
    const { hear, acted } = setup();
    for (const open of [true, false, true, true]) hear({ open });
    assert.equal(acted.length, 3);
  });

  test('with text takes that text whole', () => {
    const { trigger, acted } = setup({ text: 'OPEN' });
    for (const text of ['OPEN', 'OPENED', 'open', undefined])
      trigger.hear({ place: 'door', text, old: false, cause: { broker: 'main', topic: 'door' } });
    assert.equal(acted.length, 1);
  });

  test('rests for its cooldown, and no longer', async () => {
    const { hear, acted, outcomes, clock } = setup({ cooldown: 10_000 });
    hear({ open: true });
    await clock.advance(9_999);
    hear({ open: true });
    assert.deepEqual([acted.length, outcomes], [1, ['resting']]);
    await clock.advance(1);
    hear({ open: true });
    assert.equal(acted.length, 2);
  });

  test('does not act on what was so before, unless it says so', () => {
    const { hear, acted, outcomes } = setup();
    hear({ open: true }, { old: true });
    assert.deepEqual([acted.length, outcomes], [0, ['old']]);
    const willing = setup({ retained: true });
    willing.hear({ open: true }, { old: true });
    assert.equal(willing.acted.length, 1);
  });

  test('knows from what was so before whether something changed', () => {
    const { hear, acted } = setup({ when: { open: { changed: true } } });
    hear({ open: false }, { old: true });
    hear({ open: false });
    assert.equal(acted.length, 0);
    hear({ open: true });
    assert.equal(acted.length, 1);
  });
});

describe('with `for`, a trigger', () => {
  test('acts once what it wants has held for so long, once', async () => {
    const { hear, acted, clock } = setup({ for: 60_000 });
    hear({ open: true });
    await clock.advance(30_000);
    hear({ open: true });
    await clock.advance(29_999);
    assert.equal(acted.length, 0);
    await clock.advance(1);
    assert.equal(acted.length, 1);
    hear({ open: true });
    await clock.advance(120_000);
    assert.equal(acted.length, 1);
  });

  test('does not act after a break, which begins it anew', async () => {
    const { hear, acted, clock } = setup({ for: 60_000 });
    hear({ open: true });
    await clock.advance(59_000);
    hear({ open: false });
    await clock.advance(60_000);
    hear({ open: true });
    await clock.advance(59_999);
    assert.equal(acted.length, 0);
    await clock.advance(1);
    assert.equal(acted.length, 1);
  });

  test('keeps places apart', async () => {
    const { hear, acted, clock } = setup({ for: 1_000 });
    hear({ open: true }, { place: 'front' });
    hear({ open: true }, { place: 'back' });
    hear({ open: false }, { place: 'front' });
    await clock.advance(1_000);
    assert.deepEqual(acted, ['back']);
  });

  test('forgets what nobody can vouch for, what is gone, and all at its end', async () => {
    const { trigger, hear, acted, clock } = setup({ for: 1_000 });
    hear({ open: true });
    trigger.lose();
    hear({ open: true }, { place: 'removed' });
    hear({}, { place: 'removed', gone: true });
    hear({ open: true }, { place: 'last' });
    trigger.stop();
    assert.equal(clock.waiting(), 0);
    await clock.advance(1_000);
    assert.deepEqual(acted, []);
  });

  test('holds a bounded number of places', () => {
    const { hear, clock, outcomes } = setup({ for: 1_000 });
    for (let place = 0; place < 2_000; place++) hear({ open: true }, { place: String(place) });
    assert.equal(clock.waiting(), 1_000);
    assert.equal(outcomes.length, 1_000);
  });
});

describe('arming', () => {
  test('by a topic is what its last message says, and nothing before the first', () => {
    const { trigger, hear, acted, outcomes } = setup({
      armed: { broker: 'main', topic: 'alarm', text: 'on' },
    });
    hear({ open: true });
    for (const said of ['on', 'off', 'on', undefined]) {
      trigger.arm(said);
      hear({ open: true });
    }
    assert.equal(acted.length, 2);
    assert.equal(outcomes.filter(outcome => outcome === 'disarmed').length, 3);
  });

  test('by the time of day may go past midnight', () => {
    const at = (hours: number, minutes = 0) => new Date(2026, 10, 22, hours, minutes).getTime();
    const night = { from: 22 * 60, to: 6 * 60 };
    const day = { from: 8 * 60, to: 17 * 60 + 30 };
    const armedAt = (arming: typeof night) =>
      [0, 5, 6, 8, 12, 21, 22, 23].filter(hour => isArmed(arming, '', at(hour)));
    assert.deepEqual(armedAt(night), [0, 5, 22, 23]);
    assert.deepEqual(armedAt(day), [8, 12]);
    assert.ok(isArmed(day, '', at(17, 29)) && !isArmed(day, '', at(17, 30)));
  });
});

describe('a loop', () => {
  test('is stopped for a minute at the fourth consequence in 10 s, told once', async () => {
    const clock = createFakeClock();
    const loops = createLoops(clock);
    const turns = [];
    for (let turn = 0; turn < 6; turn++) {
      loops.acted('yard');
      await clock.advance(500);
      turns.push(loops.judge('t', 'yard', 'port'));
    }
    assert.deepEqual(
      turns.map(({ allowed }) => allowed),
      [true, true, true, false, false, false],
    );
    assert.equal(turns.filter(({ begins }) => begins).length, 1);
    assert.ok(loops.judge('t', 'yard', 'motion').allowed, 'another topic');
    assert.ok(loops.judge('other', 'yard', 'port').allowed, 'another trigger');
    await clock.advance(60_000);
    assert.ok(loops.judge('t', 'yard', 'port').allowed);
  });

  test('is none where nothing acted at that place, or not lately', async () => {
    const clock = createFakeClock();
    const loops = createLoops(clock);
    for (let turn = 0; turn < 10; turn++) {
      loops.acted('elsewhere');
      assert.ok(loops.judge('t', 'yard', 'port').allowed);
      loops.acted('gate');
      await clock.advance(2_001);
      assert.ok(loops.judge('t', 'gate', 'port').allowed);
    }
  });
});
