// Each action at a simulated device: what it does there, and what comes of a device that lacks it.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Parameters } from '../../../src/actions/action.ts';
import { ACTIONS } from '../../../src/actions/table.ts';
import type { Device } from '../../../src/simulator/device.ts';
import { createDevice } from '../../../src/simulator/device.ts';
import type { ApiName, DeviceOptions } from '../../../src/simulator/options.ts';
import { eventually } from '../../support/eventually.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { addressOf, PASSWORD } from '../../support/http-device.ts';
import { connect, failure } from '../vapix/helper.ts';

async function start(t: TestContext, options: DeviceOptions = {}) {
  const device = createDevice({ password: PASSWORD, ...options });
  t.after(() => device.stop());
  const { httpPort } = await device.start();
  const client = connect(t, addressOf(httpPort));
  const clock = createFakeClock();
  const ending = new AbortController();
  const run = (name: string, given: Parameters) => {
    const action = ACTIONS[name];
    assert.ok(action);
    const verdict = action.check(given);
    assert.ok(verdict.ok, JSON.stringify(verdict));
    return action.run(verdict.parameters, { client, clock, signal: ending.signal });
  };
  return { device, clock, ending, run };
}

const whats = ({ acted }: Device) => acted.map(({ api, what }) => `${api}: ${what}`);

/** What is asked, and what the device has done then; without `older`, by the API that a new device has. */
const ROWS: { action: string; given: Parameters; acted: string[]; said: Parameters; older?: ApiName }[] = [
  {
    action: 'siren',
    given: { profile: 'Alarm' },
    acted: ['siren: start Alarm'],
    said: { sirenId: 1, lightId: 1 },
  },
  { action: 'siren-stop', given: {}, acted: ['siren: stop all siren light'], said: {} },
  { action: 'siren-stop', given: { profile: 'Alarm' }, acted: ['siren: stop Alarm'], said: {} },
  {
    action: 'light-profile',
    given: { profile: 'Profile 1' },
    acted: ['siren: start Profile 1'],
    said: { sirenId: 1, lightId: 1 },
  },
  { action: 'light-profile-stop', given: {}, acted: ['siren: stop all light'], said: {} },
  { action: 'output', given: { port: 3, state: 'on' }, acted: ['ports: port 3 active'], said: {} },
  {
    action: 'output',
    given: { port: 3, state: 'inactive' },
    acted: ['old-ports: port 3 inactive'],
    said: {},
    older: 'ports',
  },
  {
    action: 'virtual-input',
    given: { port: 10, state: 'active' },
    acted: ['virtual-input: input 10 active'],
    said: { stateChanged: true },
  },
  {
    action: 'virtual-input',
    given: { port: 10, state: 'off' },
    acted: ['virtual-input: input 10 inactive'],
    said: { stateChanged: false },
  },
  {
    action: 'virtual-input',
    given: { port: 6, state: 'on' },
    acted: ['old-virtual-input: input 6 active'],
    said: {},
    older: 'virtual-input',
  },
  {
    action: 'audio-clip',
    given: { clip: 1, volume: 50, repeat: 2 },
    acted: ['clips: play 1 volume 50 repeat 2'],
    said: { playing: 1 },
  },
  {
    action: 'audio-clip',
    given: { clip: 0 },
    acted: ['clips: play 0'],
    said: { playing: 0 },
    older: 'clips',
  },
  { action: 'ptz-preset', given: { preset: 'Gate' }, acted: ['ptz: preset Gate'], said: {} },
  {
    action: 'ptz-preset',
    given: { preset: 1, channel: 2 },
    acted: ['ptz: preset Home camera 2'],
    said: {},
  },
  {
    action: 'light',
    given: { light: 'led0', state: 'on', intensity: 1000 },
    acted: ['light: led0 intensity 1000', 'light: led0 on'],
    said: {},
  },
  { action: 'light', given: { light: 'led0', state: 'off' }, acted: ['light: led0 off'], said: {} },
  {
    action: 'overlay-text',
    given: { text: 'Öppet\n& "sålt"' },
    acted: ['overlay: add 1'],
    said: { camera: 1, identity: 1 },
  },
  {
    action: 'overlay-text',
    given: { text: 'x' },
    acted: ['param: overlay text'],
    said: {},
    older: 'overlay',
  },
];

describe('actions', () => {
  for (const { action, given, acted, said, older } of ROWS) {
    test(`${action} ${JSON.stringify(given)}${older ? ', of an older device' : ''}`, async t => {
      const { device, run } = await start(t, older ? { http: { omit: [older] } } : {});
      assert.deepEqual(await run(action, given), said);
      assert.deepEqual(whats(device), acted);
    });
  }

  test('what was said of a text comes to stand in the picture, and the next one takes its place', async t => {
    const { device, run } = await start(t);
    await run('overlay-text', { text: '50 % & "more"\n#2' });
    assert.deepEqual(await run('overlay-text', { text: '' }), { identity: 1 });
    await run('overlay-text', { text: 'other', camera: 2 });
    assert.deepEqual(
      device.equipment.overlays.map(({ camera, text }) => [camera, text]),
      [
        [1, ''],
        [2, 'other'],
      ],
    );
  });

  for (const older of [false, true]) {
    test(`a pulse ends by itself, ${older ? 'by port.cgi' : 'by portmanagement.cgi'}`, async t => {
      const { device, run } = await start(t, older ? { http: { omit: ['ports'] } } : {});
      await run('output-pulse', { port: 3, for: '50ms' });
      await eventually('the port rests', () => whats(device).length === 2);
      const api = older ? 'old-ports' : 'ports';
      assert.deepEqual(whats(device), [`${api}: port 3 active`, `${api}: port 3 inactive`]);
      assert.equal(device.counted.ports[2]?.closed, false);
    });
  }

  test('an output that is normally closed opens when it becomes active', async t => {
    const { device, run } = await start(t);
    const port = device.counted.ports[2];
    assert.ok(port);
    Object.assign(port, { closed: true, normallyClosed: true });
    await run('output', { port: 3, state: 'active' });
    assert.equal(port.closed, false);
  });

  test('an input, or a port that is not there, is not set', async t => {
    const { device, run } = await start(t);
    for (const port of [1, 9]) {
      const error = await failure(run('output', { port, state: 'on' }));
      assert.equal(error.code, 'REFUSED');
      assert.match(error.message, new RegExp(`port ${port}`));
    }
    assert.deepEqual(device.acted, []);
  });
});

describe('a refusal with HTTP 200 is the result', () => {
  const REFUSED: [string, Parameters][] = [
    ['siren', { profile: 'Nonesuch' }],
    ['record', { diskId: 'NONE' }],
    ['record-stop', { recordingId: 'none' }],
    ['ptz-preset', { preset: 'Nonesuch' }],
    ['light', { light: 'led7', state: 'on' }],
    ['light', { light: 'led0', state: 'on', intensity: 5000 }],
    ['audio-clip', { clip: 9 }],
  ];
  for (const [action, given] of REFUSED) {
    test(`${action} ${JSON.stringify(given)}`, async t => {
      const { device, run } = await start(t);
      assert.equal((await failure(run(action, given))).code, 'REFUSED');
      assert.deepEqual(device.acted, []);
    });
  }
});

describe('a device without the API', () => {
  const LACKING: [string, Parameters, ApiName[]][] = [
    ['siren', { profile: 'Alarm' }, ['siren']],
    ['record', {}, ['record']],
    ['output', { port: 3, state: 'on' }, ['ports', 'old-ports']],
    ['virtual-input', { port: 1, state: 'on' }, ['virtual-input', 'old-virtual-input']],
    ['audio-clip', { clip: 0 }, ['clips', 'old-clips']],
    ['audio-clip', { clip: 0, volume: 10 }, ['clips']],
    ['ptz-preset', { preset: 1 }, ['ptz']],
    ['light', { light: 'led0', state: 'on' }, ['light']],
    ['overlay-text', { text: 'x' }, ['overlay', 'param']],
  ];
  for (const [action, given, omit] of LACKING) {
    test(`${action} is NOT_FOUND, and says what it lacks (${omit.join(', ')})`, async t => {
      const { device, run } = await start(t, { http: { omit } });
      const error = await failure(run(action, given));
      assert.equal(error.code, 'NOT_FOUND');
      assert.match(error.message, /^the device has no /);
      assert.deepEqual(device.acted, []);
    });
  }

  test('a wrong password is AUTH, and nothing is done', async t => {
    const { device, run } = await start(t, { password: 'another' });
    assert.equal((await failure(run('siren', { profile: 'Alarm' }))).code, 'AUTH');
    assert.deepEqual(device.acted, []);
  });
});

describe('what lasts', () => {
  test('a recording is stopped when its time is over, by the clock of the bridge', async t => {
    const { device, clock, run } = await start(t);
    const running = run('record', { for: '1m' });
    await eventually('it records', () => clock.waiting() === 1);
    assert.equal(device.equipment.recordings.size, 1);
    await clock.advance(59_999);
    assert.equal(device.equipment.recordings.size, 1);
    await clock.advance(1);
    const { recordingId, stopped } = await running;
    assert.deepEqual(whats(device), ['record: record SD_DISK', `record: stop ${String(recordingId)}`]);
    assert.equal(stopped, true);
    assert.equal(clock.waiting(), 0);
  });

  test('without a length it goes on until it is stopped by its ID', async t => {
    const { device, clock, run } = await start(t);
    const { recordingId } = await run('record', { diskId: 'NetworkShare' });
    assert.equal(clock.waiting(), 0);
    assert.deepEqual([...device.equipment.recordings], [recordingId]);
    await run('record-stop', { recordingId });
    assert.equal(device.equipment.recordings.size, 0);
  });

  for (const [action, given] of [
    ['record', { for: '1h' }],
    ['virtual-input', { port: 5, state: 'on', for: '1h' }],
  ] as const) {
    test(`${action} is ended in good order when the bridge stops`, async t => {
      const { device, clock, ending, run } = await start(t);
      const running = run(action, given);
      await eventually('it has begun', () => clock.waiting() === 1);
      ending.abort();
      await running;
      const { recordings, virtualInputs } = device.equipment;
      assert.deepEqual([device.acted.length, recordings.size, virtualInputs.size], [2, 0, 0]);
      assert.equal(clock.waiting(), 0);
    });

    test(`${action} that cannot be ended says so`, async t => {
      const { device, clock, run } = await start(t);
      const running = failure(run(action, given));
      await eventually('it has begun', () => clock.waiting() === 1);
      device.refuseHttp(503);
      await clock.advance(3_600_000);
      const error = await running;
      assert.equal(error.code, 'BUSY');
      assert.match(error.message, /began but did not end/);
    });

    test(`${action} does not begin after the stop`, async t => {
      const { device, ending, run } = await start(t);
      ending.abort(new Error('stopped'));
      await assert.rejects(run(action, given), /stopped/);
      assert.deepEqual(device.acted, []);
    });
  }
});

test('a stop ends a request to a slow device', async t => {
  const { device, ending, run } = await start(t, { http: { delayMs: 60_000 } });
  const running = run('siren', { profile: 'Alarm' });
  await eventually('it was asked', () => device.stats.seen.length === 1);
  ending.abort(new Error('stopped'));
  await assert.rejects(running, /stopped/);
});
