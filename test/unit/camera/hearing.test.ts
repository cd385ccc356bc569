import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALIVE, closeHearings, createHearing } from '../../../src/camera/hearing.ts';
import type { ErrorCode } from '../../../src/util/errors.ts';
import { createHouse } from './helper.ts';

const START = Date.UTC(2026, 10, 22, 8);
const at = (seconds: number) => START + seconds * 1000;
const iso = (seconds: number) => new Date(at(seconds)).toISOString();

function setup() {
  const house = createHouse();
  /** As after a start of the bridge. */
  const open = (device = 'entrance') => {
    const hearing = createHearing(device, house.notes);
    return {
      begin(now: number, bootId?: string) {
        const { gap, notes } = hearing.begin(at(now), bootId);
        house.keep(notes);
        return gap;
      },
      end(now: number, code: ErrorCode | 'BRIDGE') {
        const notes = hearing.end(at(now), code);
        house.keep(notes);
        return notes.length;
      },
    };
  };
  return { house, open };
}

test('a device that is heard for the first time has no gap', () => {
  assert.equal(setup().open().begin(0), undefined);
});

test('a gap is from a second before the last sign, which may have been on its way, until it is heard again', () => {
  const hearing = setup().open();
  hearing.begin(0);
  hearing.end(60, 'CLOSED');
  assert.deepEqual(hearing.begin(90), { from: iso(59), to: iso(90), cause: 'network', events: 'unknown' });
});

test('a gap does not begin before the device was heard', () => {
  const hearing = setup().open();
  hearing.begin(0);
  hearing.end(0.2, 'CLOSED');
  assert.equal(hearing.begin(5)?.from, iso(0));
});

test('a gap begins with the first failure, and its cause is that one', () => {
  const hearing = setup().open();
  hearing.begin(0);
  assert.equal(hearing.end(60, 'STALLED'), 1);
  assert.equal(hearing.end(70, 'AUTH'), 0);
  const { from, cause } = hearing.begin(90) ?? {};
  assert.deepEqual({ from, cause }, { from: iso(59), cause: 'stalled' });
});

test('a failure before it was ever heard makes no gap', () => {
  const hearing = setup().open();
  assert.equal(hearing.end(1, 'UNREACHABLE'), 0);
  assert.equal(hearing.begin(2), undefined);
});

test('a clock that was set back makes an empty gap, not a negative one', () => {
  const hearing = setup().open();
  hearing.begin(0);
  hearing.end(3600, 'CLOSED');
  const { from, to } = hearing.begin(10) ?? {};
  assert.deepEqual([from, to], [iso(10), iso(10)]);
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
    ['BRIDGE', 'bridge'],
  ];
  for (const [code, cause] of rows) {
    test(`${code} is ${cause}`, () => {
      const hearing = setup().open();
      hearing.begin(0);
      hearing.end(1, code);
      assert.equal(hearing.begin(2)?.cause, cause);
    });
  }

  const boots: [what: string, before: string | undefined, after: string | undefined, cause: string][] = [
    ['is a reboot where the boot ID changed', 'a', 'b', 'reboot'],
    ['is no reboot where it did not', 'a', 'a', 'network'],
    ['is no reboot where it was not said before', undefined, 'b', 'network'],
    ['is no reboot where it is not said now', 'a', undefined, 'network'],
  ];
  for (const [what, before, after, cause] of boots) {
    test(what, () => {
      const { open } = setup();
      const hearing = open();
      hearing.begin(0, before);
      hearing.end(1, 'CLOSED');
      assert.equal(open().begin(2, after)?.cause, cause);
    });
  }
});

describe('over a restart of the bridge', () => {
  test('a stop leaves a gap of the bridge', () => {
    const { open } = setup();
    const hearing = open();
    hearing.begin(0);
    hearing.end(60, 'BRIDGE');
    const { from, cause } = open().begin(600) ?? {};
    assert.deepEqual({ from, cause }, { from: iso(59), cause: 'bridge' });
  });

  test('a crash leaves one too, from when the bridge was last alive', () => {
    const { house, open } = setup();
    open().begin(0);
    house.keep([{ key: ALIVE, value: String(at(60)) }]);
    house.keep(closeHearings(house.notes));
    const { from, cause } = open().begin(600) ?? {};
    assert.deepEqual({ from, cause }, { from: iso(59), cause: 'bridge' });
  });

  test('a crash changes nothing of what was not heard already', () => {
    const { house, open } = setup();
    const hearing = open();
    hearing.begin(0);
    hearing.end(10, 'AUTH');
    house.keep([{ key: ALIVE, value: String(at(60)) }]);
    assert.deepEqual(closeHearings(house.notes), []);
    const { from, cause } = open().begin(600) ?? {};
    assert.deepEqual({ from, cause }, { from: iso(9), cause: 'auth' });
  });

  test('one device has nothing of another', () => {
    const { open } = setup();
    const hearing = open('entrance');
    hearing.begin(0);
    hearing.end(1, 'CLOSED');
    assert.equal(open('entrance2').begin(2), undefined);
  });
});
