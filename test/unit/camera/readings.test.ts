import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createReadings } from '../../../src/camera/polling/readings.ts';
import type { Reading, Values } from '../../../src/event.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createHouse } from './helper.ts';

function setup() {
  const house = createHouse();
  const clock = createFakeClock();
  const open = () =>
    createReadings({
      device: 'entrance',
      serial: () => 'ACCC8E012345',
      labels: { site: 'lund' },
      notes: house.notes,
      outlet: house.outlet,
      clock,
    });
  const last = () => house.readings.at(-1)?.payload;
  return { house, open, last };
}

function people(values: Values, changes: Partial<Reading> = {}): Reading {
  return {
    api: 'people-counter',
    item: undefined,
    values,
    units: {},
    counters: ['in'],
    time: null,
    ...changes,
  };
}

describe('a payload', () => {
  test('has what the contract says, and leaves out what there is not', async () => {
    const { house, open } = setup();
    const sensor = people({ Celsius: 43.5 }, { item: 'S0', units: { Celsius: 'Cel' }, counters: [] });
    await open().publish('people-counter', [sensor], 'changes');
    assert.deepEqual(house.readings, [
      {
        at: 'people-counter/S0',
        payload: {
          device: 'entrance',
          serial: 'ACCC8E012345',
          api: 'people-counter',
          item: 'S0',
          values: { Celsius: 43.5 },
          units: { Celsius: 'Cel' },
          time: null,
          received: '2026-11-22T08:00:00.000Z',
          labels: { site: 'lund' },
        },
      },
    ]);
  });
});

describe('what is news', () => {
  test('a reading like the last one is not published again, but at each start', async () => {
    const { house, open } = setup();
    const readings = open();
    for (const time of ['2026-11-22T08:00:00Z', '2026-11-22T08:01:00Z'])
      await readings.publish('people-counter', [people({ in: 1 }, { time })], 'changes');
    assert.equal(house.readings.length, 1);
    await readings.publish('people-counter', [people({ in: 2 })], 'changes');
    assert.equal(house.readings.length, 2);
    await open().publish('people-counter', [people({ in: 2 })], 'changes');
    assert.equal(house.readings.length, 3);
  });

  test('with `always` each one is published', async () => {
    const { house, open } = setup();
    const readings = open();
    for (let n = 0; n < 3; n++) await readings.publish('people-counter', [people({ in: 1 })], 'always');
    assert.equal(house.readings.length, 3);
    assert.deepEqual(house.readings[2]?.payload?.['delta'], { in: 0 });
  });
});

describe('counters', () => {
  test('tell by how much they grew, over restarts too; the first reading tells nothing', async () => {
    const { open, last } = setup();
    await open().publish(
      'people-counter',
      [people({ in: 10, out: 3 }, { counters: ['in', 'out'] })],
      'changes',
    );
    assert.equal(last()?.['delta'], undefined);
    await open().publish(
      'people-counter',
      [people({ in: 14, out: 3 }, { counters: ['in', 'out'] })],
      'changes',
    );
    assert.deepEqual(last()?.['delta'], { in: 4, out: 0 });
    assert.equal(last()?.['reset'], undefined);
  });

  test('that went down have started anew', async () => {
    const { open, last } = setup();
    const readings = open();
    for (const count of [10, 3, 5])
      await readings.publish('people-counter', [people({ in: count })], 'changes');
    assert.deepEqual([last()?.['delta'], last()?.['reset']], [{ in: 2 }, undefined]);
    await readings.publish('people-counter', [people({ in: 1 })], 'changes');
    assert.deepEqual([last()?.['delta'], last()?.['reset']], [{ in: 1 }, true]);
  });

  test('of several items are apart, and __proto__ is a name', async () => {
    const { house, open } = setup();
    const read = (count: number) =>
      ['__proto__', 'b'].map(item =>
        people(JSON.parse(`{"__proto__":${count}}`), { item, counters: ['__proto__'] }),
      );
    const readings = open();
    await readings.publish('people-counter', read(1), 'changes');
    await readings.publish('people-counter', read(4), 'changes');
    assert.deepEqual(
      house.readings.map(({ at, payload }) => [at, JSON.stringify(payload?.['delta'])]).slice(2),
      [
        ['people-counter/__proto__', '{"__proto__":3}'],
        ['people-counter/b', '{"__proto__":3}'],
      ],
    );
  });
});

describe('what is there no more', () => {
  const disk = (item: string) => people({ in: 1 }, { api: 'storage', item });
  const taken = (house: ReturnType<typeof setup>['house']) =>
    house.readings.filter(({ payload }) => payload === null).map(({ at }) => at);

  test('an item that a poll does not tell any more is taken away, once', async () => {
    const { house, open } = setup();
    await open().publish('storage', [disk('SD/DISK'), disk('Share')], 'changes');
    const readings = open();
    for (let n = 0; n < 2; n++) await readings.publish('storage', [disk('Share')], 'changes');
    assert.deepEqual(taken(house), ['storage/SD/DISK']);
    await readings.publish('storage', [disk('SD/DISK'), disk('Share')], 'changes');
    assert.deepEqual(
      [house.readings.at(-1)?.at, house.readings.at(-1)?.payload?.['item']],
      ['storage/SD/DISK', 'SD/DISK'],
    );
  });

  test('an API that is not polled any more is taken away, the others and other devices stay', async () => {
    const { house, open } = setup();
    house.keep([{ key: 'reading/entrance-2/storage/SD_DISK', value: '[]' }]);
    await open().publish('storage', [disk('SD_DISK')], 'changes');
    await open().publish('people-counter', [people({ in: 1 })], 'changes');
    open().keepOnly(['people-counter', 'io']);
    assert.deepEqual(taken(house), ['storage/SD_DISK']);
    assert.notEqual(house.notes.note('reading/entrance-2/storage/SD_DISK'), undefined);
  });

  test('two APIs of which one begins like the other are told apart', async () => {
    const { house, open } = setup();
    await open().publish('io-extra', [people({}, { api: 'io-extra' })], 'changes');
    await open().publish('io', [], 'changes');
    assert.deepEqual(taken(house), []);
  });
});
