import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type CameraOptions, startCamera } from '../../../src/camera/camera.ts';
import { createFleet } from '../../../src/camera/fleet.ts';
import type { Availability, Outlet } from '../../../src/camera/outlet.ts';
import type { CameraSpec } from '../../../src/camera/spec.ts';
import { createDevice } from '../../../src/simulator/device.ts';
import type { Source, SourceContext } from '../../../src/sources/source.ts';
import { fail } from '../../../src/util/errors.ts';
import type { Log } from '../../../src/util/log.ts';
import { momentOf } from '../../../src/util/moment.ts';
import { secret } from '../../../src/util/secret.ts';
import { eventually } from '../../support/eventually.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { addressOf } from '../../support/http-device.ts';
import { items, SERIAL, said } from '../../support/notification.ts';
import { manualClock } from '../simulator/client.ts';
import { createHouse } from './helper.ts';

/** Nobody listens there: HTTP is refused, as some devices do, and the stream goes on without it. */
const NOBODY = addressOf(1);
const OPENED = { realm: `AXIS_${SERIAL}`, date: 'Sun, 22 Nov 2026 08:00:00 GMT' };

interface Setup {
  spec?: Partial<CameraSpec>;
  source?: Source;
  outlet?: CameraOptions['outlet'];
}

/** A camera that runs on a source which the test plays, until the test ends. */
function setup(t: TestContext, { spec, source, outlet }: Setup = {}) {
  const house = createHouse();
  const clock = createFakeClock();
  const warnings: string[] = [];
  const log: Log = {
    error: (_, message) => warnings.push(message),
    warn: (fields, message) => warnings.push(`${'code' in fields ? fields.code : ''} ${message}`),
    info: () => {},
  };
  const connections: SourceContext[] = [];
  const play: Source = async context => {
    connections.push(context);
    await (source ?? untilAborted)(context);
  };
  const ending = new AbortController();
  const camera = startCamera({
    spec: {
      id: 'entrance',
      source: 'rtsp',
      address: NOBODY,
      include: ['**'],
      exclude: [],
      fields: [],
      polls: [],
      labels: {},
      ...spec,
    },
    sources: { rtsp: play },
    notes: house.notes,
    outlet: outlet ?? (() => house.outlet),
    fleet: createFleet(clock),
    count: () => {},
    clock,
    log,
    signal: ending.signal,
  });
  const stop = () => {
    ending.abort();
    return camera.ended;
  };
  t.after(stop);
  const shown = () => house.availability.map(({ state, reason = '' }) => `${state} ${reason}`.trim());
  const connection = (at = 0) => eventually('a connection', () => connections[at]);
  const until = (what: string, look: () => boolean) => eventually(what, look);
  return { ...house, house, camera, clock, warnings, connections, connection, shown, until, stop };
}

async function untilAborted({ signal }: SourceContext): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

const event = (state: string, topic?: string) =>
  said({ data: items({ state }), ...(topic ? { topic } : {}) });

test('a camera is offline until it is heard, degraded where HTTP is refused, offline after a stop', async t => {
  const { connection, until, shown, warnings, stop, clock } = setup(t);
  (await connection()).opened(OPENED);
  await until('heard', () => shown().length === 2);
  await stop();
  assert.deepEqual(shown(), ['offline STARTING', 'degraded NO_DECLARATIONS', 'offline STOPPED']);
  const codes = new Set(warnings.map(warning => warning.split(' ')[0]));
  assert.deepEqual([...codes].sort(), ['NO_DECLARATIONS', 'UNREACHABLE']);
  assert.equal(clock.waiting(), 0);
});

test('a stop on a full disk waits for nothing that is to be kept', async t => {
  const never = () => new Promise<never>(() => {});
  const full = { deliver: never, gap: never, remember: never, reading: never };
  const availability: Availability[] = [];
  const outlet: Outlet = {
    ...createHouse().outlet,
    ...full,
    available: now => void availability.push(now),
  };
  const it = setup(t, { outlet: () => outlet });
  const { opened, emit } = await it.connection();
  opened(OPENED);
  void emit(event('1'));
  await it.until('heard', () => availability.at(-1)?.state === 'degraded');
  await it.stop();
  assert.equal(availability.at(-1)?.reason, 'STOPPED');
});

test('what cannot be read is a gap of its device, once it is known, and the last word of it comes at the stop', async t => {
  const { connection, until, gaps, stop, clock } = setup(t);
  const { opened, unreadable } = await connection();
  unreadable({ reason: 'no topic', count: 1 });
  await clock.advance(0);
  assert.equal(gaps.length, 0);
  opened(OPENED);
  await until('a gap', () => gaps.length === 1);
  unreadable({ reason: 'a control character', topic: 'tns1:A', count: 2 });
  await stop();
  assert.deepEqual(
    gaps.map(({ cause, events, topics }) => [cause, events, topics]),
    [
      ['unreadable', 1, undefined],
      ['unreadable', 2, ['tns1:A']],
    ],
  );
});

test('what could not be read and is not told yet lies in the gap that a crash leaves', async t => {
  const { connection, until, gaps, camera, notes, clock } = setup(t);
  const { opened, unreadable, caughtUp } = await connection();
  opened(OPENED);
  await until('it is known', () => notes.note('heard/entrance') !== undefined);
  const heard = () => JSON.parse(notes.note('heard/entrance') ?? '').at;
  const answer = async () => {
    await clock.advance(1_000);
    caughtUp(momentOf(clock), undefined);
    return clock.now();
  };
  unreadable({ reason: 'no topic', count: 1 });
  await until('the first', () => gaps.length === 1);
  await answer();
  assert.equal(camera.unsaved().length, 1);
  unreadable({ reason: 'no topic', count: 1 });
  await answer();
  assert.deepEqual(camera.unsaved(), []);
  const before = await answer();
  await clock.advance(60_000);
  assert.equal(gaps.length, 2);
  assert.equal(heard(), before);
});

test('an answer that is lost within the stream is a gap, and the device stays online', async t => {
  const { connection, until, gaps, shown, stop } = setup(t);
  const { opened, missed } = await connection();
  missed();
  opened(OPENED);
  await until('heard', () => shown().length === 2);
  missed();
  await until('a gap', () => gaps.length === 1);
  assert.deepEqual([gaps[0]?.cause, gaps[0]?.events, shown().length], ['network', 'unknown', 2]);
  await stop();
});

describe('a device that is heard', () => {
  const start = async (t: TestContext) => {
    const device = createDevice({ serial: SERIAL, clock: manualClock(Date.UTC(2026, 10, 22, 8)) });
    t.after(() => device.stop());
    const { httpPort } = await device.start();
    const account = { username: 'root', password: secret('pass') };
    const address = addressOf(httpPort, { ...account, onvif: account });
    const it = setup(t, { spec: { address } });
    const later = async (ms: number) => {
      device.clockJump(ms);
      await it.clock.advance(ms);
    };
    const becomes = (wanted: string) => it.until(wanted, () => it.shown().at(-1) === wanted);
    return { ...it, device, later, becomes };
  };

  test('and refused its declarations is asked again after one minute, then two, and is told of', async t => {
    const { device, connection, later, becomes, house } = await start(t);
    device.refuseHttp(503);
    (await connection()).opened(OPENED);
    await becomes('degraded NO_DECLARATIONS');
    await later(60_000);
    assert.deepEqual(house.info()['events'], {});
    device.refuseHttp(null);
    await later(120_000);
    await becomes('online');
    assert.ok(Object.keys(house.info()['events'] as object).length > 10);
  });

  test('is degraded while its clock is off, whenever that begins or ends', async t => {
    const { device, connection, later, shown, becomes, stop, clock } = await start(t);
    (await connection()).opened(OPENED);
    await becomes('online');
    const inTime = async (wanted: string) => {
      // In steps by which the two clocks are never far from each other.
      for (let step = 0; step < 93 && shown().at(-1) !== wanted; step++) {
        await later(20_000);
        await setTimeout(20);
      }
      await becomes(wanted);
    };
    device.clockJump(3_600_000);
    await inTime('degraded CLOCK');
    device.clockJump(-3_600_000);
    await inTime('online');
    await stop();
    assert.equal(clock.waiting(), 0);
  });
});

describe('events', () => {
  test('wait until the device is known, then come in order behind those that were filtered', async t => {
    const { connection, until, order } = setup(t, { spec: { exclude: ['**/timer'] } });
    const { opened, emit } = await connection();
    const taken = [event('1'), event('x', 'tns1:Device/timer'), event('2')].map(emit);
    await new Promise(setImmediate);
    assert.equal(order.length, 0);
    opened(OPENED);
    taken.push(emit(event('3')));
    await until('events', () => order.some(one => one === '3'));
    taken.push(emit(event('4')));
    await Promise.all(taken);
    assert.deepEqual(order, ['1', 'filtered', '2', '3', '4']);
  });

  test('bear the serial number that the login named, and it is the ID of a camera without one', async () => {
    const devices: string[] = [];
    const house = createHouse();
    const spec: CameraSpec = {
      address: NOBODY,
      source: 'rtsp',
      include: ['**'],
      exclude: [],
      fields: [],
      polls: [],
      labels: { a: 'b' },
    };
    const ending = new AbortController();
    const run: Source = async context => {
      context.opened(OPENED);
      await context.emit(event('1'));
      await untilAborted(context);
    };
    const outlet = (device: string) => {
      devices.push(device);
      return house.outlet;
    };
    const clock = createFakeClock();
    const log: Log = { error: () => {}, warn: () => {}, info: () => {} };
    const shared = { notes: house.notes, fleet: createFleet(clock), clock, log, count: () => {} };
    const camera = startCamera({
      ...shared,
      spec,
      outlet,
      sources: { rtsp: run },
      signal: ending.signal,
    });
    await eventually('an event', () => house.deliveries[0]);
    ending.abort();
    await camera.ended;
    assert.deepEqual(devices, [SERIAL]);
    const { device, serial, labels, untyped } = house.deliveries[0]?.event ?? {};
    assert.deepEqual(
      { device, serial, labels, untyped },
      {
        device: SERIAL,
        serial: SERIAL,
        labels: { a: 'b' },
        untyped: true,
      },
    );
  });
});

test('another device than the configuration names is offline as such, and no event of it passes', async t => {
  const { connection, until, shown, order } = setup(t, { spec: { serial: 'ACCC8E999999' } });
  const { opened, emit } = await connection();
  opened(OPENED);
  await assert.rejects(emit(event('1')), { code: 'WRONG_DEVICE' });
  await until('refused', () => shown().includes('offline WRONG_DEVICE'));
  assert.equal(order.length, 0);
});

test('a stream that ends makes the camera offline with that reason, and is opened again', async t => {
  let runs = 0;
  const source: Source = async context => {
    if (runs++ > 0) return untilAborted(context);
    context.opened(OPENED);
    throw fail('CLOSED', 'the device');
  };
  const { connection, clock, until, shown } = setup(t, { source });
  await connection();
  await until('offline', () => shown().includes('offline CLOSED'));
  await clock.advance(60_000);
  await connection(1);
});

test('a stop while it is being asked who it is has the last word and leaves nothing behind', async t => {
  const { connection, shown, stop, clock } = setup(t);
  (await connection()).opened(OPENED);
  await stop();
  assert.equal(shown().at(-1), 'offline STOPPED');
  assert.equal(clock.waiting(), 0);
});

describe('asked to say its states again', () => {
  const initialized = () => said({ operation: 'initialized' });

  test('a device does so over a second stream for a moment, and the first goes on', async t => {
    const source: Source = async context => {
      context.opened(OPENED);
      await context.emit(initialized());
      await untilAborted(context);
    };
    const { camera, connections, clock, until, house } = setup(t, { source });
    await until('the state', () => house.deliveries.length === 1);
    camera.sayAgain();
    await until('the state again', () => house.deliveries.length === 2);
    await clock.advance(3_000);
    await until('the second stream ends', () => connections[1]?.signal.aborted === true);
    assert.equal(connections[0]?.signal.aborted, false);
    assert.deepEqual(house.gaps, []);
  });

  test('twice at a time, it opens one second stream after the other', async t => {
    const open = () => connections.filter(({ signal }) => !signal.aborted).length;
    const source: Source = async context => {
      if (open() > 2) throw fail('BUSY', 'the device');
      context.opened(OPENED);
      await context.emit(initialized());
      await untilAborted(context);
    };
    const { camera, connections, clock, until, house } = setup(t, { source });
    await until('the state', () => house.deliveries.length === 1);
    for (let times = 0; times < 5; times++) camera.sayAgain();
    await until('the state again', () => house.deliveries.length === 2);
    await clock.advance(3_000);
    await until('and once more', () => house.deliveries.length === 3);
    await clock.advance(3_000);
    await until('the first alone', () => open() === 1);
    assert.deepEqual([connections.length, connections[0]?.signal.aborted, house.gaps], [3, false, []]);
  });

  test('one without room for a second stream has the first opened anew', async t => {
    const source: Source = async context => {
      if (connections.length === 2) throw fail('BUSY', 'the device');
      context.opened(OPENED);
      await context.emit(initialized());
      await untilAborted(context);
    };
    const { camera, connections, until, house } = setup(t, { source });
    await until('the state', () => house.deliveries.length === 1);
    camera.sayAgain();
    await until('the state again', () => house.deliveries.length === 2);
    assert.deepEqual(
      house.gaps.map(({ cause }) => cause),
      ['bridge'],
    );
  });
});

test('an answer that is lost does not move the mark past what is not told yet', async t => {
  const { connection, until, gaps, notes, clock } = setup(t);
  const { opened, unreadable, caughtUp, missed } = await connection();
  opened(OPENED);
  await until('it is known', () => notes.note('heard/entrance') !== undefined);
  unreadable({ reason: 'no topic', count: 1 });
  await until('the first', () => gaps.length === 1);
  await clock.advance(1_000);
  unreadable({ reason: 'no topic', count: 1 });
  await clock.advance(1_000);
  caughtUp(momentOf(clock), undefined);
  await clock.advance(1_000);
  missed();
  assert.deepEqual(
    gaps.map(({ cause, events }) => [cause, events]),
    [
      ['unreadable', 1],
      ['unreadable', 1],
      ['network', 'unknown'],
    ],
  );
});

test('what is no event holds the mark of a crash back by no more than a minute', async t => {
  const { connection, until, camera, notes, clock } = setup(t);
  const { opened, unreadable, caughtUp } = await connection();
  opened(OPENED);
  await until('it is known', () => notes.note('heard/entrance') !== undefined);
  for (let second = 0; second < 300; second++) {
    unreadable({ reason: 'no connection message', count: 0 });
    await clock.advance(1_000);
    caughtUp(momentOf(clock), undefined);
  }
  unreadable({ reason: 'no connection message', count: 0 });
  assert.equal(camera.unsaved().length, 1);
});
