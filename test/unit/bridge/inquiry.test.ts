// What a device has for its commands: asked of a simulated one, over its own API.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createInquiry } from '../../../src/bridge/homeassistant/inquiry.ts';
import type { DeviceOptions } from '../../../src/simulator/options.ts';
import { createDevice } from '../../../src/simulator/simulator.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { secret } from '../../../src/util/secret.ts';
import { eventually } from '../../support/eventually.ts';
import { addressOf, startHttpDevice } from '../../support/http-device.ts';

async function setup(t: TestContext, commands: string[], options: DeviceOptions = {}) {
  const device = createDevice(options);
  t.after(() => device.stop());
  const { httpPort } = await device.start();
  const address = addressOf(httpPort, { username: 'root', password: secret('pass') });
  let answers = 0;
  const onAnswer = () => {
    answers += 1;
  };
  const inquiry = createInquiry({ address, commands, clock: systemClock, onAnswer });
  t.after(() => inquiry.stop());
  const answered = (count = 1) => eventually('an answer', () => answers >= count);
  return { device, inquiry, answered, asked: () => answers };
}

test('a device is asked for the profiles and ports that its commands need', async t => {
  const { inquiry, answered } = await setup(t, ['siren', 'output']);
  const before = inquiry.equipment;
  inquiry.ask();
  await answered();
  assert.equal(before, undefined);
  assert.deepEqual(inquiry.equipment?.profiles, ['Alarm', 'Profile 1']);
  assert.deepEqual(inquiry.equipment?.ports, { count: 3, outputs: [3] });
});

test('a device is asked once a connection', async t => {
  const { device, inquiry, answered, asked } = await setup(t, ['siren']);
  inquiry.ask();
  inquiry.ask();
  await answered();
  device.equipment.profiles.set('New', false);
  inquiry.ask();
  inquiry.renew();
  inquiry.ask();
  await answered(2);
  assert.deepEqual([inquiry.equipment?.profiles.at(-1), asked()], ['New', 2]);
});

test('a device that does not offer the API has nothing, which is an answer', async t => {
  const { inquiry, answered } = await setup(t, ['siren'], { http: { omit: ['siren'] } });
  inquiry.ask();
  await answered();
  assert.deepEqual(inquiry.equipment, { profiles: [], ports: { count: 0, outputs: [] } });
});

test('a device that does not answer is asked again on the next connection', async t => {
  let isDown = true;
  const { address, seen } = await startHttpDevice(t, (_, response) => {
    if (isDown) response.destroy();
    else response.end('{"data":{"profiles":[{"name":"Alarm"}]}}');
  });
  let answered = false;
  const onAnswer = () => {
    answered = true;
  };
  const inquiry = createInquiry({ address, commands: ['siren'], clock: systemClock, onAnswer });
  t.after(() => inquiry.stop());
  inquiry.ask();
  await eventually('a request', () => seen.length === 1);
  isDown = false;
  inquiry.ask();
  assert.deepEqual([seen.length, answered], [1, false]);
  inquiry.renew();
  inquiry.ask();
  await eventually('an answer', () => answered);
  assert.deepEqual(inquiry.equipment?.profiles, ['Alarm']);
});
