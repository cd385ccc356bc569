import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pullpoint } from '../../../src/sources/pullpoint/pullpoint.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { secret } from '../../../src/util/secret.ts';
import { addressOf } from '../../support/http-device.ts';
import { ends, listen, until } from '../../support/listen.ts';
import { startOtherMake } from '../../support/other-make.ts';

async function start(t: TestContext, password?: string) {
  const device = await startOtherMake(t);
  const { username, password: right } = device.account;
  const onvif = { username, password: secret(password ?? right) };
  const it = listen(t, { source: pullpoint, address: addressOf(device.port, { onvif }), clock: systemClock });
  return { device, it };
}

test('a device whose clock is set is asked for its time after one refused pull, and goes on', async t => {
  const { device, it } = await start(t);
  await until(() => device.isPulled);
  device.setClock(2 * 3_600_000);
  device.motion(true);
  await until(() => device.refusedLogins === 1 && device.isPulled);
  device.motion(false);
  await until(() => it.emitted.length === 3);
  assert.deepEqual([device.refusedLogins, device.subscriptions, it.missed], [1, 1, []]);
});

test('a device whose clock is set again and again refuses three tokens in five minutes at most', async t => {
  const { device, it } = await start(t);
  for (let hours = 1; hours <= 3; hours++) {
    await until(() => device.isPulled);
    device.setClock(hours * 3_600_000);
    device.motion(hours % 2 === 1);
    await until(() => device.refusedLogins === hours);
  }
  await ends(it.done, 'AUTH', /UsernameToken/);
  assert.equal(device.refusedLogins, 3);
});

test('a wrong password goes out once', async t => {
  const { device, it } = await start(t, 'canary-wrong');
  await ends(it.done, 'AUTH', /UsernameToken/);
  assert.equal(device.refusedLogins, 1);
});
