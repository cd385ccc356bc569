import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GapTracker } from '../../../src/camera/gap-tracker.ts';
import type { ErrorCode } from '../../../src/util/errors.ts';
import { createHouse } from './helper.ts';

const START = Date.UTC(2026, 10, 22, 8);
const BOOT = 1_000_000;
const iso = (seconds: number) => new Date(START + seconds * 1000).toISOString();

/** All times are seconds since the start, by the monotonic clock; `clock.set` corrects the time of day, `reboot` begins anew. */
function setup() {
  const house = createHouse();
  const clock = { correction: 0, boot: BOOT };
  const at = (seconds: number) => ({
    time: START + (seconds + clock.correction) * 1000,
    monotonic: clock.boot + seconds * 1000,
  });
  /** As after a start of the bridge. */
  const open = (device = 'entrance') => {
    const gaps = new GapTracker(device, house.notes);
    return {
      begin(now: number, { bootId, since = now }: { bootId?: string; since?: number } = {}) {
        const { gap, notes } = gaps.begin({ since: at(since), now: at(now), bootId });
        house.keep(notes);
        return gap;
      },
      caughtUp: (seconds: number, lastTime?: string) => gaps.caughtUp(at(seconds), lastTime),
      save() {
        const notes = gaps.unsaved();
        house.keep(notes);
        return notes.length;
      },
      missed(now: number) {
        const missed = gaps.missed(at(now));
        house.keep(missed?.notes ?? []);
        return missed?.gap;
      },
      end(code: ErrorCode | 'BRIDGE') {
        const notes = gaps.end(code);
        house.keep(notes);
        return notes.length;
      },
    };
  };
  return { house, open, clock };
}

test('a device that is heard for the first time has no gap', () => {
  assert.equal(setup().open().begin(0), undefined);
});

test('a gap is from the last moment at which it was caught up until it is heard again', () => {
  const gaps = setup().open();
  gaps.begin(0);
  gaps.caughtUp(50);
  gaps.caughtUp(60, '2026-11-22T10:00:59Z');
  gaps.end('CLOSED');
  assert.deepEqual(gaps.begin(90), {
    from: iso(60),
    to: iso(90),
    cause: 'network',
    events: 'unknown',
    lastTime: '2026-11-22T10:00:59Z',
  });
});

test('a gap is from when the stream was asked for, where it was never caught up', () => {
  const gaps = setup().open();
  gaps.begin(10, { since: 8 });
  gaps.end('CLOSED');
  assert.equal(gaps.begin(20)?.from, iso(8));
});

test('an answer that comes before the gap is told, or after the end of its stream, proves nothing', () => {
  const gaps = setup().open();
  gaps.begin(0);
  gaps.end('CLOSED');
  gaps.caughtUp(20);
  assert.equal(gaps.begin(30, { since: 25 })?.from, iso(0));
  gaps.caughtUp(24);
  gaps.end('CLOSED');
  assert.equal(gaps.begin(40)?.from, iso(25));
});

test('a device that says no time keeps the last that it said', () => {
  const gaps = setup().open();
  gaps.begin(0);
  gaps.caughtUp(1, 'a');
  gaps.caughtUp(2);
  gaps.end('CLOSED');
  assert.equal(gaps.begin(3)?.lastTime, 'a');
  gaps.end('CLOSED');
  assert.equal(gaps.begin(4)?.lastTime, 'a');
});

test('a gap begins with the first failure, and its cause is that one', () => {
  const gaps = setup().open();
  gaps.begin(0);
  assert.equal(gaps.end('STALLED'), 1);
  assert.equal(gaps.end('AUTH'), 0);
  const { from, cause } = gaps.begin(90) ?? {};
  assert.deepEqual({ from, cause }, { from: iso(0), cause: 'stalled' });
});

test('a failure before it was ever heard makes no gap', () => {
  const gaps = setup().open();
  assert.equal(gaps.end('UNREACHABLE'), 0);
  assert.equal(gaps.begin(2), undefined);
});

describe('a clock that is set', () => {
  test('back makes a gap that holds what was lost before and after', () => {
    const { open, clock } = setup();
    const gaps = open();
    gaps.begin(0);
    gaps.caughtUp(60);
    gaps.end('CLOSED');
    clock.correction = -3600;
    const { from, to } = gaps.begin(90) ?? {};
    assert.deepEqual([from, to], [iso(60 - 3600), iso(90)]);
  });

  test('back while the bridge does not run too', () => {
    const { open, clock } = setup();
    const gaps = open();
    gaps.begin(0);
    gaps.end('BRIDGE');
    clock.correction = -3600;
    const { from, to } = open().begin(90) ?? {};
    assert.deepEqual([from, to], [iso(-3600), iso(90)]);
  });

  test('back by a reboot makes a gap that begins with the machine at the latest', () => {
    const { open, clock } = setup();
    const gaps = open();
    gaps.begin(0);
    gaps.end('BRIDGE');
    Object.assign(clock, { correction: -864_000, boot: -70_000 });
    const { from, to } = open().begin(90) ?? {};
    assert.deepEqual([from, to], [iso(90 - 864_000 - 20), iso(20)]);
  });

  test('forward makes a gap that is longer', () => {
    const { open, clock } = setup();
    const gaps = open();
    gaps.begin(0);
    gaps.end('CLOSED');
    clock.correction = 3600;
    const { from, to } = gaps.begin(90) ?? {};
    assert.deepEqual([from, to], [iso(0), iso(3690)]);
  });
});

describe('the cause of a gap', () => {
  const rows: [code: ErrorCode | 'BRIDGE', cause: string][] = [
    ['UNREACHABLE', 'network'],
    ['TIMEOUT', 'network'],
    ['BUSY', 'network'],
    ['PROTOCOL', 'network'],
    ['STALLED', 'stalled'],
    ['AUTH', 'auth'],
    ['FORBIDDEN', 'auth'],
    ['INSECURE', 'auth'],
    ['INTERNAL', 'bridge'],
    ['STORE', 'bridge'],
    ['BRIDGE', 'bridge'],
  ];
  for (const [code, cause] of rows) {
    test(`${code} is ${cause}`, () => {
      const gaps = setup().open();
      gaps.begin(0);
      gaps.end(code);
      assert.equal(gaps.begin(2)?.cause, cause);
    });
  }

  const boots: [what: string, before: string | undefined, after: string | undefined, cause: string][] = [
    ['is a reboot where the boot ID changed', 'a', 'b', 'reboot'],
    ['is no reboot where it did not', 'a', 'a', 'network'],
    ['is no reboot where it was not said before', undefined, 'b', 'network'],
    ['is no reboot where it is not said now', 'a', undefined, 'network'],
  ];
  const booted = (bootId: string | undefined) => (bootId === undefined ? {} : { bootId });
  for (const [what, before, after, cause] of boots) {
    test(what, () => {
      const { open } = setup();
      const gaps = open();
      gaps.begin(0, booted(before));
      gaps.end('CLOSED');
      assert.equal(open().begin(2, booted(after))?.cause, cause);
    });
  }
});

describe('over a restart of the bridge', () => {
  test('a stop leaves a gap of the bridge', () => {
    const { open } = setup();
    const gaps = open();
    gaps.begin(0);
    gaps.caughtUp(59);
    gaps.end('BRIDGE');
    const { from, cause } = open().begin(600) ?? {};
    assert.deepEqual({ from, cause }, { from: iso(59), cause: 'bridge' });
  });

  test('a crash leaves one too, from the last moment that was saved', () => {
    const { open } = setup();
    const gaps = open();
    gaps.begin(0);
    assert.equal(gaps.save(), 0);
    gaps.caughtUp(55, 'a');
    assert.equal(gaps.save(), 1);
    assert.equal(gaps.save(), 0);
    gaps.caughtUp(65, 'b');
    const { from, cause, lastTime } = open().begin(600) ?? {};
    assert.deepEqual({ from, cause, lastTime }, { from: iso(55), cause: 'bridge', lastTime: 'a' });
  });

  test('a crash changes nothing of what was not heard already', () => {
    const { open } = setup();
    const gaps = open();
    gaps.begin(0);
    gaps.end('AUTH');
    const { from, cause } = open().begin(600) ?? {};
    assert.deepEqual({ from, cause }, { from: iso(0), cause: 'auth' });
  });

  test('what an earlier version kept is taken up', () => {
    const { house, open } = setup();
    house.keep([{ key: 'heard/entrance', value: JSON.stringify({ at: START, cause: 'auth' }) }]);
    const { from, to, cause } = open().begin(90) ?? {};
    assert.deepEqual([from, to, cause], [iso(0), iso(90), 'auth']);
  });

  test('one device has nothing of another', () => {
    const { open } = setup();
    const gaps = open('entrance');
    gaps.begin(0);
    gaps.end('CLOSED');
    assert.equal(open('entrance2').begin(2), undefined);
  });
});

test('what was lost within a stream is a gap from when it was caught up, and the stream goes on', () => {
  const { house, open } = setup();
  const gaps = open();
  assert.equal(gaps.missed(5), undefined);
  gaps.begin(0);
  gaps.caughtUp(60, 'a');
  assert.deepEqual(gaps.missed(90), {
    from: iso(60),
    to: iso(90),
    cause: 'network',
    events: 'unknown',
    lastTime: 'a',
  });
  gaps.end('CLOSED');
  assert.equal(gaps.begin(100)?.from, iso(90));
  assert.ok([...house.notes.notes('heard/')].length > 0);
});
