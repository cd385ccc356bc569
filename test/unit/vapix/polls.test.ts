// Every poll on a simulated device, new and old, over real sockets.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { POLL_APIS } from '../../../src/config/schema/camera.ts';
import type { Reading } from '../../../src/event.ts';
import type { DeviceOptions, HttpOptions } from '../../../src/simulator/options.ts';
import { createDevice } from '../../../src/simulator/simulator.ts';
import { secret } from '../../../src/util/secret.ts';
import { POLLS, type PollApi } from '../../../src/vapix/polls.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { addressOf, startHttpDevice } from '../../support/http-device.ts';
import { codeOf, connect } from './helper.ts';

const NOW = '2026-11-22T08:00:00.000Z';

async function start(t: TestContext, http: HttpOptions = {}, options: DeviceOptions = {}) {
  const clock = createFakeClock(Date.parse(NOW));
  const device = createDevice({ clock, http, ...options });
  t.after(() => device.stop());
  const { httpPort } = await device.start();
  const client = connect(t, addressOf(httpPort, { password: secret('pass') }));
  const poll = (api: PollApi) => POLLS[api]()(client, { signal: t.signal, clock });
  return { device, poll };
}

function shown(readings: readonly Reading[]): Record<string, unknown> {
  return Object.fromEntries(readings.map(({ item = '', values }) => [item, values]));
}

test('what the configuration may name is what can be polled', () => {
  assert.deepEqual(Object.keys(POLLS), [...POLL_APIS]);
});

describe('a simulated device', () => {
  test('tells each API that can be polled', async t => {
    const { poll } = await start(t);
    const apis = Object.keys(POLLS) as PollApi[];
    for (const api of apis) {
      const readings = await poll(api);
      assert.notEqual(readings.length, 0, api);
      for (const reading of readings) assert.equal(reading.api, api);
    }
  });

  test('counts who walks in and out, in either people counter, in UTC wherever it is', async t => {
    const omit = ['people-counter'] as const;
    const application = await start(t, { utcOffsetMinutes: 330 });
    const old = await start(t, { utcOffsetMinutes: 330, omit: ['time'] });
    const device = await start(t, { utcOffsetMinutes: -570, omit });
    for (const each of [application, old, device]) each.device.visit(20);
    const { in: entered, out: left } = device.device.counted.people;
    assert.equal(entered + left, 20);
    for (const { poll } of [application, old]) {
      const [reading] = await poll('people-counter');
      assert.deepEqual(reading?.values, { name: 'Front door', in: entered, out: left });
      assert.equal(reading?.time, NOW);
    }
    const [reading] = await device.poll('people-counter');
    const counts = { occupancy: entered - left, total_in: entered, total_out: left };
    assert.deepEqual([reading?.values, reading?.time], [counts, NOW]);
  });

  test('counts in its scenarios, in either spelling', async t => {
    const counters = async (shortCountNames: boolean) => {
      const { device, poll } = await start(t, { shortCountNames });
      device.counted.scenarios = [
        { id: 2, name: 'Gate', type: 'crosslinecounting', counts: { human: 3, car: 4 } },
        { id: 3, name: 'Lobby', type: 'occupancyInArea', counts: { human: 1 } },
      ];
      const [gate, lobby] = await poll('object-analytics');
      assert.deepEqual([gate?.values['total'], lobby?.values['human']], [7, 1]);
      return gate?.counters;
    };
    assert.deepEqual(await counters(false), ['total', 'totalHuman', 'totalCar']);
    assert.deepEqual(await counters(true), ['total', 'human', 'car']);
  });

  test('tells of its ports by the old API too, and of none where there are none', async t => {
    const modern = await start(t);
    const old = await start(t, { omit: ['ports'] });
    assert.deepEqual(Object.keys(shown(await modern.poll('io'))), ['0', '1', '2']);
    assert.deepEqual(shown(await old.poll('io')), {
      port1: { level: 0, active: false, direction: 'input' },
      port2: { level: 1, active: false, direction: 'input' },
      port3: { level: 0, active: false, direction: 'output' },
    });
    for (const { device, poll } of [modern, old]) {
      device.counted.ports = [];
      assert.deepEqual(await poll('io'), []);
    }
  });

  test('tells its temperatures, its queue and its disks as they were set', async t => {
    const { device, poll } = await start(t, { omit: ['disk-health'] });
    device.counted.sensors = { Main: -3.5 };
    device.counted.heaters = [85];
    device.counted.fans = [];
    device.counted.queue = [{ name: 'Till', people: 4 }];
    device.counted.disks = [{ id: 'SD&DISK', totalKb: 10, freeKb: 0, wear: 1 }];
    assert.deepEqual(shown(await poll('temperature')), {
      'sensor-S0': { Name: 'Main', Celsius: -3.5, Fahrenheit: 25.7 },
      'heater-H0': { Status: 'Running', Percentage: 85, TimeUntilStop: 95 },
    });
    assert.deepEqual(shown(await poll('queue')), {
      '': { name: 'Shop' },
      region1: { name: 'Till', people: 4 },
    });
    const [disk] = await poll('storage');
    assert.deepEqual([disk?.item, disk?.values['full'], disk?.values['wear']], ['SD&DISK', true, undefined]);
  });

  test('tells of itself what its firmware knows', async t => {
    const modern = await start(t);
    const old = await start(t, { omit: ['info', 'ready'] }, { firmware: '5.51.7' });
    modern.device.clockJump(90_000);
    const [reading] = await modern.poll('system');
    const { bootid, ...rest } = reading?.values ?? {};
    assert.equal(bootid, modern.device.bootId);
    const told = { systemready: true, needsetup: false, uptime: 0, firmware: '11.11.77', clockSkew: 90_000 };
    assert.deepEqual(rest, told);
    assert.deepEqual(shown(await old.poll('system')), { '': { firmware: '5.51.7' } });
  });

  test('that lacks an API says so', async t => {
    const { poll } = await start(t, { omit: ['queue', 'temperature', 'disks', 'object-analytics'] });
    for (const api of ['queue', 'temperature', 'storage', 'object-analytics'] as const)
      assert.equal(await codeOf(poll(api)), 'NOT_FOUND');
  });
});

describe('an answer with HTTP 200 that is no reading', () => {
  const answers = [
    '{"error":"busy"}',
    '{"error":{"code":1100,"message":"Internal error"}}',
    '{"errorMsg":"no license"}',
    '{"data":{}}',
    '{"status":"starting"}',
    '[]',
    'Error: not ready',
    '# Error: -1 getting param in group',
    '<html><h1>Please wait</h1></html>',
    '<root><Error><ErrorCode>5</ErrorCode><ErrorDescription>Busy</ErrorDescription></Error></root>',
  ];
  for (const answer of answers) {
    test(`is refused by every poll: ${answer.slice(0, 40)}`, async t => {
      const device = await startHttpDevice(t, (_request, response) => response.end(answer));
      const client = connect(t, device.address);
      for (const [api, create] of Object.entries(POLLS)) {
        const poll = create()(client, { signal: t.signal, clock: createFakeClock() });
        const code = await poll.then(
          readings => `${JSON.stringify(readings)}`,
          (error: { code?: string }) => error.code,
        );
        assert.match(code ?? '', /^(REFUSED|PROTOCOL)$/, api);
      }
    });
  }

  test('does not choose which of two APIs is asked', async t => {
    const device = await startHttpDevice(t, ({ url }, response) =>
      response.end(
        url.startsWith('/a3dpc') ? '{"occupancy":1,"total_in":2,"total_out":1}' : '{"error":"busy"}',
      ),
    );
    const poll = POLLS['people-counter']();
    const [reading] = await poll(connect(t, device.address), { signal: t.signal, clock: createFakeClock() });
    assert.equal(reading?.values['total_in'], 2);
  });
});
