// The polls of one device against a real HTTP server, on a clock that the test moves.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { PollSpec } from '../../../src/camera/polling/poll-task.ts';
import { type PollingOptions, runPolling } from '../../../src/camera/polling/polling.ts';
import { systemClock } from '../../../src/util/clock.ts';
import type { Log } from '../../../src/util/log.ts';
import { eventually } from '../../support/eventually.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { type Answer, PASSWORD, protectedBy, startHttpDevice } from '../../support/http-device.ts';
import { createHouse } from './helper.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** Requests keep real time: of the test's clock only the time of the next poll is waited for. */
const TIMEOUT = 10_000;
const temperature: PollSpec = { api: 'temperature', every: MINUTE, publish: 'always' };
const storage: PollSpec = { api: 'storage', every: MINUTE, publish: 'always' };
const DISKS = '<r><disk diskid="SD_DISK"/></r>';
const sensor: Answer = (_, response) => void response.end('Sensor.S0.Celsius=43.50\n');

type Change = Partial<Pick<PollingOptions, 'polls' | 'worked' | 'serial' | 'random' | 'outlet'>>;

async function start(t: TestContext, answer: Answer, change: Change = {}) {
  const device = await startHttpDevice(t, answer);
  const clock = createFakeClock();
  const stop = new AbortController();
  const house = createHouse();
  const lines: Record<string, unknown>[] = [];
  const heard: boolean[] = [];
  const say = (fields: object) => void lines.push({ ...fields });
  const log: Log = { error: say, warn: say, info: say };
  const done = runPolling({
    polls: [temperature],
    device: 'entrance',
    serial: () => 'ACCC8E012345',
    labels: {},
    address: device.address,
    notes: house.notes,
    outlet: house.outlet,
    onHeard: now => void heard.push(now),
    clock: { ...clock, after: (ms, call) => (ms === TIMEOUT ? systemClock : clock).after(ms, call) },
    log,
    signal: stop.signal,
    random: () => 0,
    ...change,
  });
  t.after(() => stop.abort());
  /** Waits until something is so; what is due by now runs. */
  const until = (what: string, met: () => boolean | Promise<boolean>) =>
    eventually(what, async () => {
      await clock.advance(0);
      return met();
    });
  /** Waits until so many requests have been asked in all, and it waits for the time of the next. */
  const asked = async (count: number) => {
    await until(`request ${count}`, () => device.seen.length >= count && clock.waiting() > 0);
    assert.equal(device.seen.length, count);
  };
  return { device, clock, stop, house, lines, heard, done, asked, until };
}

/** The first `count` requests fail with this status. */
function failing(count: number, status: number, then: Answer = sensor): Answer {
  let left = count;
  return (request, response, message) => {
    left -= 1;
    return left < 0 ? then(request, response, message) : response.writeHead(status).end();
  };
}

describe('when a device is polled', () => {
  test('a step of the clock, forward or back, brings no poll forward and puts none off', async t => {
    const { clock, asked } = await start(t, sensor);
    await asked(1);
    clock.step(10 * 24 * HOUR);
    await clock.advance(MINUTE - 1);
    await asked(1);
    await clock.advance(1);
    await asked(2);
    clock.step(-20 * 24 * HOUR);
    await clock.advance(MINUTE);
    await asked(3);
  });

  test('at its interval after the last start, jittered at first', async t => {
    const { clock, asked, house } = await start(t, sensor, { random: () => 0.5 });
    await clock.advance(4_999);
    await asked(0);
    await clock.advance(1);
    await asked(1);
    await clock.advance(MINUTE - 1);
    await asked(1);
    await clock.advance(1);
    await asked(2);
    assert.equal(house.readings[1]?.at, 'temperature/sensor-S0');
  });

  test('one request at a time, however many polls are due', async t => {
    const answers: (() => void)[] = [];
    const held: Answer = ({ url }, response) =>
      void answers.push(() => response.end(url.includes('disks') ? DISKS : ''));
    const { device, until } = await start(t, held, { polls: [temperature, storage, temperature] });
    for (let n = 1; n <= 4; n++) {
      await until(`request ${n}`, () => answers.length === n);
      assert.equal(device.seen.length, n);
      answers[n - 1]?.();
    }
  });

  test('a slow answer makes it skip, not pile up', async t => {
    const answers: (() => void)[] = [];
    const held: Answer = (_, response) => void answers.push(() => response.end(''));
    const { clock, asked, until } = await start(t, held);
    await until('the first request', () => answers.length === 1);
    await clock.advance(2.5 * MINUTE);
    answers[0]?.();
    await asked(1);
    await clock.advance(MINUTE / 2 - 1);
    await asked(1);
    await clock.advance(1);
    await until('the second request', () => answers.length === 2);
  });

  test('not at all where nothing is to be polled, and what was before is taken away', async t => {
    const { device, done, house, clock } = await start(t, sensor, { polls: [] });
    await done;
    assert.deepEqual([device.seen.length, house.readings.length, clock.waiting()], [0, 0, 0]);
  });
});

describe('a poll that fails', () => {
  test('slows down to a tenth and is back at the first success; a streak is told once each way', async t => {
    const { clock, asked, lines } = await start(t, failing(6, 500));
    await asked(1);
    let count = 1;
    for (const minutes of [2, 4, 8, 10, 10, 10]) {
      await clock.advance(minutes * MINUTE - 1);
      await asked(count);
      await clock.advance(1);
      count += 1;
      await asked(count);
    }
    await clock.advance(MINUTE);
    await asked(count + 1);
    assert.deepEqual(
      lines.map(({ code, attempts }) => code ?? attempts),
      ['REFUSED', 6],
    );
  });

  test('is never slower than hourly, but for its own interval', async t => {
    const { clock, asked } = await start(t, failing(9, 500), {
      polls: [{ ...temperature, every: HOUR / 2 }],
    });
    await asked(1);
    await clock.advance(HOUR);
    await asked(2);
    await clock.advance(HOUR);
    await asked(3);
  });

  test('of what the device does not have is told once and tried again each hour', async t => {
    const { clock, asked, lines } = await start(t, failing(3, 404));
    await asked(1);
    await clock.advance(HOUR - 1);
    await asked(1);
    await clock.advance(1);
    await asked(2);
    await clock.advance(HOUR);
    await asked(3);
    assert.deepEqual(
      lines.map(({ code }) => code),
      ['NOT_FOUND'],
    );
  });

  test('of what was read before, in another run too, is tried again soon', async t => {
    const { clock, device, asked } = await start(t, failing(3, 404), { worked: new Set(['temperature']) });
    await asked(1);
    await clock.advance(HOUR / 2);
    assert.ok(device.seen.length > 1);
  });

  test('leaves the others be', async t => {
    const answer: Answer = ({ url }, response) =>
      url.includes('disks') ? response.writeHead(500).end() : response.end('Fan.F0.Status=Running');
    const { clock, asked, heard } = await start(t, answer, { polls: [storage, temperature] });
    await asked(2);
    await clock.advance(MINUTE);
    await asked(3);
    assert.deepEqual(heard, [false, true]);
  });

  test('waits as long as the device asks for', async t => {
    const busy: Answer = (_, response) => void response.writeHead(503, { 'retry-after': '900' }).end();
    const { clock, asked } = await start(t, busy);
    await asked(1);
    await clock.advance(900_000 - 1);
    await asked(1);
    await clock.advance(1);
    await asked(2);
  });
});

describe('a refused login', () => {
  const logins = (seen: { authorization: string | undefined }[]) =>
    seen.filter(({ authorization }) => authorization !== undefined).length;

  test('pauses all polls of the device for five minutes', async t => {
    const { clock, device, lines, house, until } = await start(t, protectedBy('another', sensor), {
      polls: [temperature, storage],
    });
    await until('the refusal', () => lines.length === 1);
    await clock.advance(5 * MINUTE - 1);
    assert.deepEqual([logins(device.seen), house.readings.length], [1, 0]);
    await clock.advance(1);
    await until('the second login', () => logins(device.seen) === 2);
    await until('the second refusal', () => lines.length >= 2);
    assert.deepEqual(lines.map(({ api, code }) => [api, code]).slice(0, 2), [
      ['temperature', 'AUTH'],
      ['storage', 'AUTH'],
    ]);
  });

  test('of one path alone pauses the others once', async t => {
    const answer: Answer = (request, ...rest) =>
      protected_(request.url.includes('disks') ? 'another' : PASSWORD)(request, ...rest);
    const protected_ = (password: string) => protectedBy(password, sensor);
    const { clock, house, lines, until } = await start(t, answer, { polls: [storage, temperature] });
    await until('the refusal', () => lines.length === 1);
    await clock.advance(5 * MINUTE);
    await until('the other poll', () => house.readings.length === 1);
    for (let n = 2; n <= 8; n++) {
      await clock.advance(MINUTE);
      await until(`reading ${n}`, () => house.readings.length === n);
    }
  });
});

describe('whose readings they are', () => {
  test('another device at that address is not published under this name', async t => {
    const { house, lines, until } = await start(t, protectedBy(PASSWORD, sensor), {
      serial: () => 'ACCC8E999999',
    });
    await until('the refusal', () => lines.length === 1);
    assert.deepEqual([lines[0]?.['code'], house.readings.length], ['WRONG_DEVICE', 0]);
  });
});

describe('a stop', () => {
  test('while it waits leaves no timer', async t => {
    const { clock, asked, stop, done } = await start(t, sensor);
    await asked(1);
    stop.abort();
    await done;
    assert.equal(clock.waiting(), 0);
  });

  test('while the disk takes nothing waits for none of it', async t => {
    let taken = 0;
    const { outlet } = createHouse();
    const reading = () => {
      taken += 1;
      return new Promise<never>(() => {});
    };
    const { stop, done, until } = await start(t, sensor, { outlet: { ...outlet, reading } });
    await until('a reading', () => taken > 0);
    stop.abort();
    await done;
  });

  test('while it asks ends the request, and is no failure', async t => {
    const { device, stop, done, lines, until } = await start(t, () => undefined);
    await until('the request', () => device.seen.length === 1);
    stop.abort();
    await done;
    assert.deepEqual(lines, []);
    await until('the end of the connection', async () => (await device.connections()) === 0);
  });
});
