// A step of the clock expires nothing of what waits: in either direction, while the bridge runs and between two runs.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Boot } from '../../../src/outbox/steady-time.ts';
import { createSteadyTime, thisBoot } from '../../../src/outbox/steady-time.ts';
import { tempDir } from '../../support/temp.ts';
import { append, openOutbox, payloads, row, takeAll } from './helpers.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 10, 22);

/** A machine whose time of day can be set, and which can be started anew. */
function machine() {
  let passed = 0;
  let wrong = 0;
  let boot = 1;
  let booted = 0;
  const clock = { now: () => START + passed + wrong, monotonic: () => passed };
  return {
    clock,
    pass(ms: number) {
      passed += ms;
    },
    step(ms: number) {
      wrong += ms;
    },
    restart() {
      boot += 1;
      booted = passed;
    },
    boot(): Boot {
      const since = booted;
      return { id: String(boot), uptime: () => passed - since };
    },
  };
}

/** What a run keeps at last, and the time then. */
function run({ clock, boot }: ReturnType<typeof machine>, kept?: string) {
  const time = createSteadyTime({ clock, kept, boot: boot() });
  return { time, end: () => ({ at: time.now(), kept: time.due() ?? assert.fail('nothing is kept') }) };
}

describe('between two runs it goes on by what can be known', () => {
  const CASES: Record<string, { restart?: boolean; step?: number; passes: number }> = {
    'an hour': { passes: HOUR },
    'a step forward': { step: 10 * DAY, passes: HOUR },
    'a step back': { step: -10 * DAY, passes: HOUR },
    'a restart of the machine': { restart: true, passes: HOUR },
    'a restart of a machine whose clock stands ten days behind then': {
      restart: true,
      step: -10 * DAY,
      passes: 0,
    },
  };
  for (const [name, { restart = false, step = 0, passes }] of Object.entries(CASES)) {
    test(name, () => {
      const pc = machine();
      const { at, kept } = run(pc).end();
      pc.pass(HOUR);
      if (restart) pc.restart();
      pc.step(step);
      assert.equal(run(pc, kept).time.now() - at, passes);
    });
  }
});

test('a correction that a run has seen is none for the next one after a restart of the machine', () => {
  const pc = machine();
  pc.step(-10 * DAY);
  const { time, end } = run(pc);
  pc.step(10 * DAY);
  const { at, kept } = end();
  assert.equal(at, time.now());
  pc.restart();
  pc.pass(60_000);
  assert.equal(run(pc, kept).time.now() - at, 60_000);
});

test('where a machine does not tell its start, the time of day says how long a bridge was away', () => {
  const pc = machine();
  const first = createSteadyTime({ clock: pc.clock, kept: undefined, boot: undefined });
  const kept = first.due();
  pc.pass(5000);
  const second = createSteadyTime({ clock: pc.clock, kept, boot: undefined });
  assert.equal(second.now() - START, 5000);
});

test('this machine tells its start', { skip: process.platform === 'linux' ? false : 'needs Linux' }, () => {
  const boot = thisBoot() ?? assert.fail('it does not');
  assert.match(boot.id, /^[0-9a-f-]{36}$/);
  assert.ok(boot.uptime() > 0);
});

for (const [days, name] of [
  [10, 'forward'],
  [-10, 'back'],
] as const) {
  test(`a step ${name} of ten days expires none of 40 queued events, in this run or the next`, async t => {
    const directory = await tempDir(t);
    const pc = machine();
    const limits = { maxBytes: 1e9, maxAge: 7 * DAY };
    const options = () => ({ ...pc.clock, boot: pc.boot() });
    const outbox = await openOutbox(directory, options());
    for (let i = 0; i < 20; i++) await append(outbox, 'a', { expires: outbox.now() + 60_000 });
    const old = outbox.queue('main', limits);
    pc.step(days * DAY);
    for (let i = 0; i < 20; i++) await append(outbox, 'a', { expires: outbox.now() + 60_000 });
    assert.ok(Math.abs(old.now() - START) < 1000, 'its time did not step');
    await outbox.close();

    const again = await openOutbox(directory, options());
    const reader = again.queue('main', limits);
    const taken = await takeAll(reader);
    assert.equal(payloads(taken).length, 40);
    assert.ok(taken.every(({ entry }) => entry.expires > reader.now()));
    assert.equal(row(again, 'a').brokers['main']?.expired, 0);
    await again.close();
  });
}
