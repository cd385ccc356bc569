import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Identity } from '../../../src/camera/identity.ts';
import { createLadder, type Ladder, type Rung } from '../../../src/camera/ladder.ts';
import type { Source, SourceName } from '../../../src/sources/source.ts';
import { type ErrorCode, fail } from '../../../src/util/errors.ts';
import { createLog } from '../../../src/util/log.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { addressOf } from '../../support/http-device.ts';
import { declared, PORT, SERIAL } from '../../support/notification.ts';

const INFO = {
  serial: SERIAL,
  brand: 'AXIS',
  model: '',
  fullName: '',
  productType: '',
  architecture: '',
  soc: '',
};
const MODERN: Identity = {
  serial: SERIAL,
  info: { ...INFO, firmware: '11.11.77' },
  bootId: 'a',
  declarations: new Map([[PORT, declared()]]),
  skew: 0,
  apis: new Map([['event-streaming-over-websocket', '1.0']]),
  refusals: [],
};
const OLD: Identity = { ...MODERN, apis: new Map([['mqtt-client', '1.0']]) };
const MUTE: Identity = { ...MODERN, declarations: undefined };
const ALL = ['websocket', 'rtsp', 'pullpoint'] as const;

/** A device whose ways open, or fail with the code that stands there; `tried` tells which were opened. */
function device(identity: Identity, failing: Partial<Record<SourceName, ErrorCode>> = {}) {
  const tried: string[] = [];
  const said = { identity, failing };
  const source =
    (name: SourceName): Source =>
    async ({ opened, signal }) => {
      tried.push(name);
      const code = said.failing[name];
      if (code !== undefined) throw fail(code, name);
      opened({ realm: `AXIS_${SERIAL}`, date: undefined });
      signal.throwIfAborted();
    };
  const clock = createFakeClock();
  const asked: (string | undefined)[] = [];
  const ladder = (wanted: 'auto' | SourceName = 'auto') =>
    createLadder({
      wanted,
      sources: Object.fromEntries(ALL.map(name => [name, patient(source(name))])),
      address: addressOf(1),
      include: ['**'],
      async ask(realm) {
        asked.push(realm);
        return said.identity;
      },
      clock,
      log: createLog({ level: 'silent' }),
    });
  return { ladder, said, tried, asked, clock };
}

/** As sources do: one that was stopped resolves. */
function patient(source: Source): Source {
  return async context => {
    await source(context).catch((error: unknown) => {
      if (!context.signal.aborted) throw error;
    });
  };
}

const signal = new AbortController().signal;

/** Takes the ways that the ladder offers until one opens; gives their names and what it says of the others. */
async function climb(ladder: Ladder, failing: Partial<Record<SourceName, ErrorCode>> = {}) {
  const names: string[] = [];
  for (let rung: Rung = await ladder.first(signal); ; ) {
    names.push(rung.name);
    const code = failing[rung.name];
    if (code === undefined) {
      ladder.opened(rung);
      return { names, passed: rung.passed, rung };
    }
    rung = await ladder.after(rung, fail(code, rung.name), signal);
  }
}

describe('a device that nothing is known of', () => {
  test('is heard by WebSocket where it has that, and is asked with the serial number of its login', async () => {
    const { ladder, asked } = device(MODERN);
    const { names, passed, rung } = await climb(ladder());
    assert.deepEqual([names, passed], [['websocket'], {}]);
    assert.equal(rung.identity, MODERN);
    assert.deepEqual(asked, [`AXIS_${SERIAL}`]);
  });

  test('is heard by RTSP where its list of APIs has no WebSocket, which is not even tried', async () => {
    const { ladder, tried } = device(OLD);
    const { names, passed } = await climb(ladder());
    assert.deepEqual([names, passed, tried], [['rtsp'], { websocket: 'UNSUPPORTED' }, ['rtsp']]);
  });

  test('is heard by RTSP first where it gives no declarations', async () => {
    assert.deepEqual((await climb(device(MUTE).ladder())).names, ['rtsp']);
  });

  test('is tried by WebSocket where it refuses to list its APIs', async () => {
    assert.deepEqual((await climb(device({ ...MODERN, apis: 'FORBIDDEN' }).ladder())).names, ['websocket']);
  });

  test('is heard by the next way where one is refused, with the reason of each', async () => {
    const { ladder } = device(MODERN);
    const failing = { websocket: 'FORBIDDEN', rtsp: 'BUSY' } as const;
    const { names, passed } = await climb(ladder(), failing);
    assert.deepEqual([names, passed], [[...ALL], failing]);
  });

  test('is heard by WebSocket where RTSP is shut off', async () => {
    const { names, passed } = await climb(device(MODERN, { rtsp: 'UNREACHABLE' }).ladder());
    assert.deepEqual([names, passed], [['websocket'], {}]);
  });

  test('with a wrong password is asked nothing more', async () => {
    const { ladder, tried, asked } = device(MODERN, { rtsp: 'AUTH' });
    await assert.rejects(climb(ladder()), { code: 'AUTH' });
    assert.deepEqual([tried, asked], [['rtsp'], []]);
  });

  test('where a password that RTSP took is refused over HTTP is heard by RTSP', async () => {
    const { names, passed } = await climb(device(MODERN).ladder(), { websocket: 'AUTH' });
    assert.deepEqual([names, passed], [['websocket', 'rtsp'], { websocket: 'AUTH' }]);
  });

  test('where nobody knows the password to be right is not asked again after a refusal', async () => {
    const { ladder } = device(MODERN, { rtsp: 'UNREACHABLE' });
    await assert.rejects(climb(ladder(), { websocket: 'AUTH' }), { code: 'AUTH' });
  });

  test('that is not there is tried once, and said to be so of the HTTP port', async () => {
    const refusals = [fail('UNREACHABLE', 'http')];
    const { ladder, tried } = device(
      { ...MODERN, info: undefined, apis: 'UNREACHABLE', refusals },
      { rtsp: 'UNREACHABLE' },
    );
    await assert.rejects(climb(ladder()), { code: 'UNREACHABLE', message: 'http' });
    assert.deepEqual(tried, ['rtsp']);
  });

  test('that offers no way at all fails with what tells most, be it said first or last', async () => {
    const { ladder } = device(OLD, { rtsp: 'NOT_FOUND' });
    await assert.rejects(climb(ladder(), { pullpoint: 'BUSY' }), { code: 'BUSY' });
    const other = device(OLD, { rtsp: 'BUSY' });
    await assert.rejects(climb(other.ladder(), { pullpoint: 'UNREACHABLE' }), { code: 'BUSY' });
  });

  test('that is another one is not tried by other ways', async () => {
    await assert.rejects(climb(device(MODERN).ladder(), { websocket: 'WRONG_DEVICE' }), {
      code: 'WRONG_DEVICE',
    });
  });
});

describe('a way that worked', () => {
  test('is taken at once the next time', async () => {
    const { ladder, asked } = device(OLD);
    const it = ladder();
    await climb(it);
    const { names, rung } = await climb(it);
    assert.deepEqual([names, asked.length, rung.identity], [['rtsp'], 1, undefined]);
  });

  test('stays the one while the device is away', async () => {
    const it = device(MODERN).ladder();
    await climb(it);
    await assert.rejects(climb(it, { websocket: 'UNREACHABLE' }), { code: 'UNREACHABLE' });
    assert.deepEqual((await climb(it)).names, ['websocket']);
  });

  test('and is gone makes room for another at once', async () => {
    const { ladder, said } = device(MODERN);
    const it = ladder();
    await climb(it);
    said.identity = OLD;
    assert.deepEqual((await climb(it, { websocket: 'NOT_FOUND' })).names, ['websocket', 'rtsp']);
  });

  test('and ends while it is heard is not left', async () => {
    const it = device(MODERN).ladder();
    const { rung } = await climb(it);
    await assert.rejects(it.after(rung, fail('FORBIDDEN', 'it'), signal), { code: 'FORBIDDEN' });
  });
});

describe('a better way', () => {
  test('is tried again every half hour, and told once it opens', async () => {
    const { ladder, said, clock } = device(MODERN, { websocket: 'BUSY' });
    const it = ladder();
    await climb(it, { websocket: 'BUSY' });
    let found: boolean | undefined;
    const looking = it.better(signal).then(better => {
      found = better;
    });
    await clock.advance(1_800_000);
    assert.equal(found, undefined);
    said.failing = {};
    await clock.advance(1_800_000);
    await looking;
    assert.equal(found, true);
    assert.deepEqual((await climb(it)).names, ['websocket']);
  });

  test('is there once a device that was busy declares its events again', async () => {
    const { ladder, said, clock } = device(MUTE);
    const it = ladder();
    assert.deepEqual((await climb(it)).names, ['rtsp']);
    const looking = it.better(signal);
    said.identity = MODERN;
    it.saw(MODERN);
    await clock.advance(1_800_000);
    assert.equal(await looking, true);
    assert.deepEqual((await climb(it)).names, ['websocket']);
  });

  test('that opens though the device does not list it is kept to', async () => {
    const { ladder, tried, clock } = device(OLD);
    const it = ladder();
    assert.deepEqual((await climb(it)).names, ['rtsp']);
    const looking = it.better(signal);
    await clock.advance(1_800_000);
    assert.equal(await looking, true);
    tried.length = 0;
    const { names } = await climb(it);
    assert.deepEqual([names, tried], [['websocket'], []]);
  });

  test('is tried a minute after a new firmware came up', async () => {
    const { ladder, said, clock } = device(OLD);
    const it = ladder();
    await climb(it);
    said.identity = { ...MODERN, info: { ...INFO, firmware: '12.0.1' } };
    await climb(it);
    it.saw(said.identity);
    const looking = it.better(signal);
    await clock.advance(60_000);
    assert.equal(await looking, true);
    assert.deepEqual((await climb(it)).names, ['websocket']);
  });

  test('is not looked for where the best is in use, or only one is wanted', async () => {
    const { ladder, tried, clock } = device(MODERN);
    const only = ladder('rtsp');
    await climb(only);
    assert.equal(await only.better(signal), false);
    const it = ladder();
    await climb(it);
    const before = tried.length;
    const stop = new AbortController();
    const looking = it.better(stop.signal);
    await clock.advance(4_000_000);
    stop.abort();
    assert.equal(await looking, false);
    assert.equal(tried.length, before);
    assert.equal(clock.waiting(), 0);
  });

  test('is not looked for any more after a stop', async () => {
    const { ladder, clock } = device(OLD);
    const it = ladder();
    await climb(it);
    const stop = new AbortController();
    const looking = it.better(stop.signal);
    stop.abort();
    assert.equal(await looking, false);
    assert.equal(clock.waiting(), 0);
  });
});

test('the only way that is wanted is not left for another', async () => {
  const { ladder, tried } = device(MODERN);
  await assert.rejects(climb(ladder('pullpoint'), { pullpoint: 'UNSUPPORTED' }), { code: 'UNSUPPORTED' });
  assert.deepEqual(tried, []);
});

test('a way that failed just before the device was all there is tried once more', async () => {
  const { ladder, said } = device(MODERN);
  const it = ladder();
  await climb(it);
  const failing = { websocket: 'NOT_FOUND' } as const;
  said.identity = { ...MODERN, info: undefined, apis: 'NOT_FOUND' };
  for (let n = 0; n < 4; n++) await assert.rejects(climb(it, failing), { code: 'NOT_FOUND' });
  said.identity = MODERN;
  await assert.rejects(climb(it, failing), { code: 'NOT_FOUND' });
  assert.deepEqual((await climb(it)).names, ['websocket']);
});

test('a way that worked is given up after it failed to open three times in a row', async () => {
  const it = device(MODERN).ladder();
  await climb(it);
  const failing = { websocket: 'BUSY' } as const;
  for (let times = 0; times < 2; times++) await assert.rejects(climb(it, failing), { code: 'BUSY' });
  assert.deepEqual((await climb(it, failing)).names, ['websocket', 'rtsp']);
});

test('a password that HTTP refuses, and RTSP could not prove, is not sent to the WebSocket too', async () => {
  const identity = { ...MODERN, info: undefined, refusals: [fail('AUTH', 'it')] };
  await assert.rejects(climb(device(identity, { rtsp: 'UNREACHABLE' }).ladder()), { code: 'AUTH' });
});

describe('a way that opens and ends again and again', () => {
  const SECONDS = 1_500;

  /** Opens the first way that does, and has it end so long (ms) after. */
  async function endAfter(it: Ladder, clock: FakeClock, ms: number) {
    const { names, passed, rung } = await climb(it);
    await clock.advance(ms);
    await assert.rejects(it.after(rung, fail('CLOSED', rung.name), signal), { code: 'CLOSED' });
    return { name: names.at(-1), passed };
  }

  test('is left after three times, with the reason, and for half an hour though it opens', async () => {
    const { ladder, clock, tried } = device(MODERN);
    const it = ladder();
    for (let times = 0; times < 3; times++)
      assert.equal((await endAfter(it, clock, SECONDS)).name, 'websocket');
    const { names, passed } = await climb(it);
    assert.deepEqual([names, passed], [['rtsp'], { websocket: 'CLOSED' }]);
    tried.length = 0;
    const looking = it.better(signal);
    await clock.advance(1_790_000);
    assert.deepEqual(tried, []);
    await clock.advance(10_000);
    assert.equal(await looking, true);
  });

  test('is left at once when it does so after its rest, for twice as long', async () => {
    const { ladder, clock, tried } = device(MODERN);
    const it = ladder();
    for (let times = 0; times < 3; times++) await endAfter(it, clock, SECONDS);
    await climb(it);
    const looking = it.better(signal);
    await clock.advance(1_800_000);
    await looking;
    assert.equal((await endAfter(it, clock, SECONDS)).name, 'websocket');
    assert.deepEqual((await climb(it)).names, ['rtsp']);
    tried.length = 0;
    const stop = new AbortController();
    const again = it.better(stop.signal);
    await clock.advance(3_500_000);
    assert.deepEqual(tried, []);
    await clock.advance(100_000);
    assert.equal(await again, true);
  });

  test('is kept to where no other opens', async () => {
    const { ladder, clock } = device(MODERN, { rtsp: 'UNREACHABLE', pullpoint: 'UNSUPPORTED' });
    const it = ladder();
    for (let times = 0; times < 6; times++) {
      const { names, rung } = await climb(it, { pullpoint: 'UNSUPPORTED' });
      assert.equal(names.at(-1), 'websocket');
      await clock.advance(SECONDS);
      await assert.rejects(it.after(rung, fail('CLOSED', 'it'), signal), { code: 'CLOSED' });
    }
  });

  test('is not left where it lasts in between', async () => {
    const { ladder, clock } = device(MODERN);
    const it = ladder();
    for (const ms of [SECONDS, SECONDS, 120_000, SECONDS, SECONDS, 120_000, SECONDS])
      assert.equal((await endAfter(it, clock, ms)).name, 'websocket');
  });
});

describe('a device that starts', () => {
  const STARTING: Identity = { ...MODERN, info: undefined, declarations: undefined, apis: 'NOT_FOUND' };
  const nothing = { websocket: 'NOT_FOUND', rtsp: 'NOT_FOUND', pullpoint: 'NOT_FOUND' } as const;

  test('keeps the way that worked, whatever it answers meanwhile', async () => {
    const { ladder, said, clock } = device(MODERN);
    const it = ladder();
    await climb(it);
    said.identity = STARTING;
    said.failing = nothing;
    for (let times = 0; times < 8; times++) {
      await assert.rejects(climb(it, nothing), { code: 'NOT_FOUND' });
      await clock.advance(30_000);
    }
    said.identity = MODERN;
    said.failing = {};
    assert.deepEqual((await climb(it)).names, ['websocket']);
  });

  test('whose RTSP is there first is heard by the way that worked, as soon as that opens', async () => {
    const { ladder, said, clock } = device(MODERN);
    const it = ladder();
    await climb(it);
    said.identity = STARTING;
    await assert.rejects(climb(it, { websocket: 'NOT_FOUND' }), { code: 'NOT_FOUND' });
    await clock.advance(60_000);
    assert.deepEqual((await climb(it)).names, ['websocket']);
  });

  test('and was never heard is asked again after a minute, then two', async () => {
    const { ladder, said, clock, tried } = device(
      { ...STARTING, declarations: MODERN.declarations },
      { websocket: 'NOT_FOUND' },
    );
    const it = ladder();
    assert.deepEqual((await climb(it)).names, ['rtsp']);
    tried.length = 0;
    const looking = it.better(signal);
    await clock.advance(60_000);
    said.failing = {};
    await clock.advance(119_000);
    assert.deepEqual(tried, ['websocket']);
    await clock.advance(1_000);
    assert.equal(await looking, true);
  });

  test('and says later what it has is heard by the best of that a minute after', async () => {
    const { ladder, clock } = device(STARTING);
    const it = ladder();
    assert.deepEqual((await climb(it)).names, ['rtsp']);
    const looking = it.better(signal);
    it.saw(MODERN);
    await clock.advance(60_000);
    assert.equal(await looking, true);
    assert.deepEqual((await climb(it)).names, ['websocket']);
  });
});
