// A camera of another make, heard as `auto` hears it: whatever speaks ONVIF.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { AbsentApis } from '../../../src/camera/absent-apis.ts';
import { startCamera } from '../../../src/camera/camera.ts';
import { createFleet } from '../../../src/camera/fleet.ts';
import { askIdentity } from '../../../src/camera/identity.ts';
import { decodeEventInstances } from '../../../src/protocol/event-instances.ts';
import { pullpoint } from '../../../src/sources/pullpoint/pullpoint.ts';
import { rtsp } from '../../../src/sources/rtsp/rtsp.ts';
import { websocket } from '../../../src/sources/websocket/websocket.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { createLog } from '../../../src/util/log.ts';
import { secret } from '../../../src/util/secret.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { addressOf } from '../../support/http-device.ts';
import { type OtherMakeOptions, startOtherMake } from '../../support/other-make.ts';
import { createHouse } from './helper.ts';

const MOTION = 'tns1:RuleEngine/CellMotionDetector/Motion';

async function hear(t: TestContext, options: OtherMakeOptions = {}, source: 'auto' | 'pullpoint' = 'auto') {
  const device = await startOtherMake(t, options);
  const account = { username: device.account.username, password: secret(device.account.password) };
  const address = addressOf(device.port, { ...account, onvif: account, rtspPort: await freePort() });
  const house = createHouse();
  const ending = new AbortController();
  const ids: string[] = [];
  const camera = startCamera({
    spec: { source, address, include: ['**'], exclude: [], fields: [], polls: [], labels: {} },
    sources: { rtsp, websocket, pullpoint },
    notes: house.notes,
    outlet(id) {
      ids.push(id);
      return house.outlet;
    },
    fleet: createFleet(systemClock),
    count: () => {},
    clock: systemClock,
    log: createLog({ level: 'silent' }),
    signal: ending.signal,
  });
  t.after(() => {
    ending.abort();
    return camera.ended;
  });
  await eventually('the first state', () => house.deliveries.length > 0);
  return { device, house, ids };
}

const kinds: Record<string, OtherMakeOptions> = {
  'with a UsernameToken': {},
  'with Digest, and older firmware': { login: 'digest', hasServices: false },
  'that takes no duration and renews nothing': { takesDurations: false, renews: false },
};
for (const [kind, options] of Object.entries(kinds))
  describe(`a camera of another make ${kind}`, () => {
    test('is heard at the path that it names, at the host that is configured, with types and its serial number', async t => {
      const { device, house, ids } = await hear(t, options);
      device.motion(true);
      await eventually('the change', () => house.deliveries.length === 2);
      const [initial, change] = house.deliveries.map(({ event }) => event);
      assert.deepEqual(initial?.data, { IsMotion: false });
      assert.deepEqual(
        [change?.topic, change?.kind, change?.operation, change?.active, change?.untyped],
        [MOTION, 'property', 'changed', true, undefined],
      );
      assert.deepEqual(ids, ['OM-7-000123']);
      const { state, source, passed } = house.availability.at(-1) ?? {};
      assert.deepEqual([state, source], ['online', 'pullpoint']);
      assert.deepEqual(passed, { websocket: 'NOT_FOUND', rtsp: 'UNREACHABLE' });
      const { brand, model, firmware, fullName } = house.info();
      assert.deepEqual(
        [brand, model, firmware, fullName],
        ['Other & Sons', 'OM-7', '3.1.4', 'Other & Sons OM-7'],
      );
      assert.equal(device.refusedLogins, 0);
      assert.equal(device.subscriptions, 1);
    });
  });

test('an answer that a device of another make lost is a gap, and nothing else changes', async t => {
  const { device, house } = await hear(t);
  const pulls = () => device.seen.filter(each => each.endsWith('PullMessages')).length;
  await eventually('a second pull', () => pulls() === 2 && device.isPulled);
  device.loseAnswer();
  device.motion(true);
  await eventually('a gap', () => house.gaps.length === 1);
  device.motion(false);
  await eventually('the change', () => house.deliveries.length === 2);
  assert.equal(device.subscriptions, 1);
  assert.deepEqual(house.availability.map(({ state }) => state).at(-1), 'online');
});

test('a device that closes empty pulls keeps its subscription, and is asked for less than it waits', async t => {
  const { device, house } = await hear(t, { patienceMs: 1_500 });
  const asked = (timeout: string) => device.requests.some(text => text.includes(timeout));
  await eventually('a shorter pull', () => asked('>PT1S<'));
  device.motion(true);
  await eventually('the change', () => house.deliveries.at(-1)?.event.data['IsMotion'] === true);
  assert.equal(device.subscriptions, 1);
  assert.ok(house.availability.every(({ state, reason }) => state !== 'offline' || reason === 'STARTING'));
});

for (const web of ['redirect', 'empty', 'page', 'busy'] as const) {
  test(`a device that is heard by ONVIF is asked by it what it is, where its web answers with: ${web}`, async t => {
    const { house, ids } = await hear(t, { web }, 'pullpoint');
    assert.deepEqual(ids, ['OM-7-000123']);
    assert.equal(house.info().model, 'OM-7');
    assert.equal(house.deliveries[0]?.event.untyped, undefined);
  });
}

test('paths of VAPIX that a device does not have are not asked for again at once', async t => {
  const device = await startOtherMake(t);
  const { username, password } = device.account;
  const account = { username, password: secret(password) };
  const question = {
    address: addressOf(device.port, { ...account, onvif: account }),
    realm: undefined,
    decode: decodeEventInstances,
    absent: new AbsentApis(systemClock),
    clock: systemClock,
    signal: new AbortController().signal,
  };
  const vapix = () => device.seen.filter(path => /axis-cgi|vapix/.test(path)).length;
  const first = await askIdentity(question);
  const asked = vapix();
  assert.ok(asked > 0);
  const again = await askIdentity(question);
  assert.equal(vapix(), asked);
  for (const { serial, declarations, refusals } of [first, again])
    assert.deepEqual([serial, declarations?.size, refusals], ['OM-7-000123', 1, []]);
});

test('a device that VAPIX paths want another account of is asked what it is by ONVIF, once it is heard so', async t => {
  const { house, ids } = await hear(t, { web: 'login' }, 'pullpoint');
  const [first] = house.deliveries;
  assert.deepEqual([ids, first?.event.data], [['OM-7-000123'], { IsMotion: false }]);
  assert.equal(house.availability.at(-1)?.state, 'online');
});
