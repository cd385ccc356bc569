import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKnown, wasHeard } from '../../../src/camera/known.ts';
import type { CameraSpec } from '../../../src/camera/spec.ts';
import { secret } from '../../../src/util/secret.ts';
import type { DeviceAddress } from '../../../src/vapix/address.ts';
import { addressOf } from '../../support/http-device.ts';
import { createHouse } from './helper.ts';

const [ONE, OTHER] = ['ACCC8E000001', 'ACCC8E000002'];
const PLACE = { ...addressOf(80), host: '192.0.2.10', password: secret('right') };

/** Cameras of one house, each as of a new start of the bridge. */
function house() {
  const { notes, keep } = createHouse();
  const camera = (id?: string, change: Partial<CameraSpec> = {}) => {
    const spec = { source: 'auto', include: [], exclude: [], fields: [], polls: [], labels: {} } as const;
    const named = id === undefined ? {} : { id };
    const known = createKnown({ ...spec, ...named, address: PLACE, ...change }, notes);
    return {
      ...known,
      serial: known.serial,
      hear: (serial?: string) => keep(known.heard(id ?? serial ?? '', serial)),
    };
  };
  return { notes, camera };
}

const at = (change: Partial<DeviceAddress>) => ({ address: { ...PLACE, ...change } });

test('the first device that is heard is the one that is expected there, over restarts', () => {
  const { camera } = house();
  const first = camera('entrance');
  first.check(ONE);
  first.hear(ONE);
  for (const known of [first, camera('entrance')]) {
    known.check(ONE);
    known.check(undefined);
    assert.throws(() => known.check(OTHER), {
      code: 'WRONG_DEVICE',
      message: /\.10 has .*0002, not .*0001$/,
    });
  }
});

test('so is that of a camera that nobody named, which is known by its address', () => {
  const { camera } = house();
  camera().hear(ONE);
  const again = camera();
  assert.equal(again.wasHeard, true);
  assert.equal(again.serial(), ONE);
  assert.throws(() => again.check(OTHER), { code: 'WRONG_DEVICE' });
  const elsewhere = camera(undefined, at({ host: '192.0.2.12' }));
  assert.deepEqual([elsewhere.wasHeard, elsewhere.serial()], [false, undefined]);
  // One with a name was another entry of the configuration.
  camera('yard', at({ host: '192.0.2.13' })).hear(OTHER);
  assert.equal(camera(undefined, at({ host: '192.0.2.13' })).serial(), undefined);
});

test('one that is another camera of the file is told by its name', () => {
  const { camera } = house();
  camera('entrance').hear(ONE);
  camera('yard', at({ host: '192.0.2.11' })).hear(OTHER);
  assert.throws(() => camera('entrance').check(OTHER), { message: /and is yard$/ });
});

test('an exchanged camera is accepted by its serial number, by `any`, and at another address', () => {
  const { camera } = house();
  camera('entrance').hear(ONE);
  camera('entrance', { serial: 'ac:cc:8e:00:00:02' }).check(OTHER);
  camera('entrance', { anySerial: true }).check(OTHER);
  const moved = camera('entrance', at({ host: '192.0.2.12' }));
  moved.check(OTHER);
  moved.hear(OTHER);
  assert.throws(() => moved.check(ONE), { code: 'WRONG_DEVICE' });
});

test('the configuration’s serial number stands over the one that was heard', () => {
  const { camera } = house();
  camera('entrance').hear(OTHER);
  assert.throws(() => camera('entrance', { serial: ONE }).check(OTHER), { code: 'WRONG_DEVICE' });
});

test('what worked before is the same address with the same login', () => {
  const { camera, notes } = house();
  const heard = (id: string | undefined, change: Partial<DeviceAddress> = {}) =>
    wasHeard(id, { ...PLACE, ...change }, notes);
  assert.equal(heard('entrance'), false);
  camera('entrance').hear(ONE);
  assert.equal(camera('entrance').wasHeard, true);
  const others = [
    { password: secret('another') },
    { username: 'another' },
    { onvif: { username: 'root', password: secret('another') } },
    { host: 'another' },
    { port: 81 },
  ];
  assert.deepEqual(
    others.map(other => heard('entrance', other)),
    [false, false, false, false, false],
  );
  assert.deepEqual([heard('yard'), heard(undefined)], [false, false]);
});

test('what is kept does not hold the password', () => {
  const { camera, notes } = house();
  camera('entrance').hear(ONE);
  const { login = '', ...rest } = JSON.parse(notes.note('known/entrance') ?? '{}');
  assert.match(login, /^[0-9a-f]{3}$/);
  assert.deepEqual(rest, { serial: ONE, at: '192.0.2.10:80' });
});
