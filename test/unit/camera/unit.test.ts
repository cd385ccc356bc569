import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFleet } from '../../../src/camera/fleet.ts';
import { createUnit, type Heard } from '../../../src/camera/unit.ts';
import { fail } from '../../../src/util/errors.ts';
import { createLog } from '../../../src/util/log.ts';
import { momentOf } from '../../../src/util/moment.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { declared, PORT, SERIAL } from '../../support/notification.ts';
import { createHouse } from './helper.ts';

const HEARD: Heard = {
  source: 'rtsp',
  passed: {},
  serial: SERIAL,
  info: {
    model: 'P3245',
    fullName: 'AXIS P3245',
    productType: 'Dome',
    firmware: '9.80.1',
    serial: SERIAL,
    brand: 'AXIS',
    architecture: '',
    soc: '',
  },
  declarations: new Map([[PORT, declared()]]),
  bootId: 'a',
  skew: 0,
  since: { time: 0, monotonic: 0 },
};

function setup(kept: Record<string, string> = {}) {
  const house = createHouse(kept);
  const clock = createFakeClock();
  const { outlet, notes } = house;
  const fleet = createFleet(clock);
  const open = () =>
    createUnit({
      device: 'entrance',
      outlet,
      notes,
      fleet,
      include: ['**'],
      clock,
      log: createLog({ level: 'silent' }),
    });
  return { house, clock, open, unit: open() };
}

test('of two devices with one serial number both are degraded, until one of them stops', async () => {
  const [clock, houses] = [createFakeClock(), [createHouse(), createHouse()]];
  const fleet = createFleet(clock);
  const log = createLog({ level: 'silent' });
  const [first, second] = houses.map(({ outlet, notes }, index) =>
    createUnit({ device: `d${index}`, outlet, notes, fleet, include: ['**'], clock, log }),
  );
  first?.heard(HEARD);
  second?.heard(HEARD);
  const last = () =>
    houses.map(({ availability }) => [availability.at(-1)?.state, availability.at(-1)?.reason]);
  assert.deepEqual(last(), [
    ['degraded', 'SAME_SERIAL'],
    ['degraded', 'SAME_SERIAL'],
  ]);
  second?.stopped();
  assert.deepEqual(last(), [
    ['online', undefined],
    ['offline', 'STOPPED'],
  ]);
  first?.heard({ ...HEARD, serial: 'ACCC8E0000FF' });
  second?.heard(HEARD);
  assert.deepEqual(last(), [
    ['online', undefined],
    ['online', undefined],
  ]);
});

describe('availability', () => {
  test('tells its state, since when, by which source, and why', async () => {
    const { house, clock, unit } = setup();
    unit.starting('auto');
    await clock.advance(5000);
    await unit.heard(HEARD);
    const [starting, online] = house.availability;
    assert.deepEqual(starting, {
      state: 'offline',
      since: '2026-11-22T08:00:00.000Z',
      source: 'auto',
      reason: 'STARTING',
      message: 'the bridge has not heard it yet',
    });
    assert.deepEqual(online, { state: 'online', since: '2026-11-22T08:00:05.000Z', source: 'rtsp' });
  });

  test('keeps the time since when it is offline, whatever the reason since', async () => {
    const { house, clock, unit } = setup();
    await unit.heard(HEARD);
    for (const code of ['CLOSED', 'UNREACHABLE', 'AUTH'] as const) {
      await clock.advance(1000);
      await unit.lost(fail(code, 'it'));
    }
    const offline = house.availability.slice(1);
    assert.deepEqual(
      offline.map(({ state, reason }) => `${state} ${reason}`),
      ['offline CLOSED', 'offline UNREACHABLE', 'offline AUTH'],
    );
    assert.equal(new Set(offline.map(({ since }) => since)).size, 1);
  });

  const rows: [what: string, change: Partial<Heard>, state: string, reason: string | undefined][] = [
    ['is online with a clock 30 s off', { skew: -30_000 }, 'online', undefined],
    ['is degraded with a clock further off', { skew: 30_001 }, 'degraded', 'CLOCK'],
    ['is degraded with a clock behind', { skew: -86_400_000 }, 'degraded', 'CLOCK'],
    ['is online where no date was said', { skew: undefined }, 'online', undefined],
    ['is degraded without declarations', { declarations: undefined }, 'degraded', 'NO_DECLARATIONS'],
    ['is online with an empty set of them', { declarations: new Map() }, 'online', undefined],
  ];
  for (const [what, change, state, reason] of rows) {
    test(what, async () => {
      const { house, unit } = setup();
      await unit.heard({ ...HEARD, ...change });
      const [said] = house.availability;
      assert.deepEqual([said?.state, said?.reason], [state, reason]);
    });
  }

  test('ends offline when the bridge stops', async () => {
    const { house, unit } = setup();
    await unit.heard(HEARD);
    unit.stopped();
    assert.equal(house.availability.at(-1)?.reason, 'STOPPED');
  });
});

test('a gap is told before the device is online, and only once', async () => {
  const { house, clock, unit } = setup();
  await unit.heard(HEARD);
  await clock.advance(60_000);
  unit.caughtUp(momentOf(clock), '2026-11-22T08:00:58.123Z');
  await clock.advance(10_000);
  unit.lost(fail('STALLED', 'it'));
  await clock.advance(5_000);
  let shownAtGap = '';
  house.outlet.gap = async gap => {
    shownAtGap = house.availability.at(-1)?.state ?? '';
    house.gaps.push(gap);
  };
  await unit.heard(HEARD);
  await unit.heard(HEARD);
  assert.deepEqual(house.gaps, [
    {
      from: '2026-11-22T08:01:00.000Z',
      to: '2026-11-22T08:01:15.000Z',
      cause: 'stalled',
      lastTime: '2026-11-22T08:00:58.123Z',
      events: 'unknown',
    },
  ]);
  assert.equal(shownAtGap, 'offline');
});

test('a stop of the bridge is a gap to the next run, from when it was last caught up', async () => {
  const { house, clock, open, unit } = setup();
  await unit.heard(HEARD);
  await clock.advance(60_000);
  unit.caughtUp(momentOf(clock), undefined);
  await clock.advance(3_000);
  unit.stopped();
  await clock.advance(60_000);
  await open().heard(HEARD);
  assert.equal(house.gaps[0]?.from, '2026-11-22T08:01:00.000Z');
  assert.equal(house.gaps[0]?.cause, 'bridge');
});

test('a device is lost, left and stopped on a full disk too, which nobody waits for', async () => {
  const { house, unit } = setup();
  await unit.heard(HEARD);
  house.outlet.remember = () => new Promise(() => {});
  unit.lost(fail('CLOSED', 'it'));
  unit.restarting();
  unit.stopped();
  assert.equal(house.availability.at(-1)?.reason, 'STOPPED');
});

describe('what is known of a device', () => {
  test('is shown as its info', async () => {
    const { house, unit } = setup();
    await unit.heard(HEARD);
    const { topic: _, ...declaration } = declared();
    assert.deepEqual(house.info(), {
      serial: SERIAL,
      brand: 'AXIS',
      model: 'P3245',
      fullName: 'AXIS P3245',
      productType: 'Dome',
      firmware: '9.80.1',
      source: 'rtsp',
      clockSkewMs: 0,
      events: { [PORT]: declaration },
    });
  });

  test('stays known while the device refuses to say it again', async () => {
    const { house, unit } = setup();
    await unit.heard(HEARD);
    const nothing = { serial: undefined, info: undefined, declarations: undefined };
    const { serial, declarations } = await unit.heard({ ...HEARD, ...nothing });
    assert.equal(serial, SERIAL);
    assert.equal(declarations, HEARD.declarations);
    assert.equal(house.info()['model'], 'P3245');
    assert.equal(house.availability.at(-1)?.state, 'online');
  });

  test('is not made up where the device never said it', async () => {
    const { house, unit } = setup();
    const nothing = { serial: undefined, info: undefined, declarations: undefined, skew: undefined };
    const { serial, declarations } = await unit.heard({ ...HEARD, ...nothing });
    assert.deepEqual([serial, declarations], ['', undefined]);
    assert.deepEqual(house.info(), { source: 'rtsp', events: {} });
  });
});

test('the states of the last run are taken up', () => {
  const { unit } = setup({ 'state/entrance/port 1': '5:state1:0' });
  const identity = { place: 'port 1', data: '5:state1:1' };
  assert.equal(unit.states.learn(identity, 'initialized').resync, true);
});
