// One device through all that can happen to it, heard in each way: every message that comes of it, one by one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Device } from '../../src/simulator/device.ts';
import { createDevice } from '../../src/simulator/simulator.ts';
import { IN_USE } from '../support/bridge-process.ts';
import { available, makeSetting, type Setting } from '../support/bridge-setting.ts';
import { eventsOf, firstsOf, gapsOf } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { need } from '../support/need.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';
const door = (device: Device, state: boolean) => device.emit(PORT, { source: { port: 1 }, data: { state } });

/** What was said of the door so far: operation, state, and whether it changed while nobody listened. */
function said({ subscriber }: Setting): string[] {
  return firstsOf(eventsOf(subscriber.received, 'entrance'))
    .filter(({ topic, source }) => topic === PORT && source['port'] === 1)
    .map(({ operation, active, resync }) => `${operation} ${active}${resync ? ' resync' : ''}`);
}

const causes = ({ subscriber }: Setting) => gapsOf(subscriber.received, 'entrance').map(({ cause }) => cause);

async function says(setting: Setting, ...expected: string[]): Promise<void> {
  await eventually(`${expected.at(-1)}`, () => said(setting).length >= expected.length, 60_000);
  assert.deepEqual(said(setting), expected);
}

describe('the life of a device', { ...need('mosquitto'), concurrency: 2, timeout: 240_000 }, () => {
  for (const source of ['websocket', 'rtsp', 'pullpoint', 'auto']) {
    test(`heard by ${source}`, async t => {
      const setting = await makeSetting(t, { camera: { source, serial: 'ACCC8E000001' } });
      const { program, subscriber, device, config } = setting;
      const heardBy = source === 'auto' ? 'websocket' : source;
      const changed = (change: object) =>
        program.configure({ ...config, cameras: [{ ...config.cameras[0], ...change }] });
      const run = program.start();
      const taken = (times: number) =>
        eventually('the changed configuration', () => run.stdout.split(IN_USE).length > times);

      const online = await available(subscriber, 'online');
      assert.equal(online.source, heardBy);
      await says(setting, 'initialized false');
      door(device, true);
      const story = ['initialized false', 'changed true'];
      await says(setting, ...story);

      // It restarts, and the door closes while nobody listens.
      const rebooted = device.reboot({ downMs: 300 });
      door(device, false);
      await rebooted;
      story.push('initialized false resync');
      await says(setting, ...story);
      assert.deepEqual(causes(setting), ['reboot']);

      // Its clock jumps by an hour: its events say so, and that it is not to be trusted.
      device.clockJump(3_600_000);
      door(device, true);
      story.push('changed true');
      await says(setting, ...story);
      const { time, received } = eventsOf(subscriber.received, 'entrance').at(-1) ?? assert.fail();
      assert.ok(Date.parse(time ?? '') - Date.parse(received) > 3_500_000);
      device.drop();
      await available(subscriber, 'degraded', 'CLOCK');
      story.push('initialized true');
      await says(setting, ...story);
      device.clockJump(-3_600_000);
      device.drop();
      await available(subscriber, 'online');
      story.push('initialized true');
      await says(setting, ...story);
      assert.deepEqual(causes(setting), ['reboot', 'network', 'network']);

      // Somebody changes its password: one refused login, until the configuration knows it too. A pull point whose connection
      // broke goes on with the nonce in use, and once with a new one, since a device need not say that the old one is stale.
      const refused = device.stats.failedLogins;
      device.setPassword('changed');
      device.drop();
      const told = await available(subscriber, 'offline', 'AUTH');
      const refusals = told.source === 'pullpoint' ? 2 : 1;
      assert.equal(device.stats.failedLogins, refused + refusals);
      changed({ password: 'changed' });
      await available(subscriber, 'online');
      story.push('initialized true');
      await says(setting, ...story);
      assert.equal(causes(setting).length, 4);

      // Another device takes its address: an error, and nothing of what it says.
      const ports = {
        httpPort: Number(config.cameras[0]?.['port']),
        rtspPort: Number(config.cameras[0]?.['rtspPort']),
      };
      await device.stop();
      const other = createDevice({ serial: 'ACCC8E0000FF', password: 'changed', ...ports });
      t.after(() => other.stop());
      await other.start();
      changed({ password: 'changed', labels: { again: 'at once' } });
      await taken(2);
      const { message } = await available(subscriber, 'offline', 'WRONG_DEVICE');
      assert.match(message ?? '', /another device/);
      door(other, false);
      await other.stop();

      // It comes back, with a newer firmware.
      const updated = createDevice({ firmware: '12.1.5', password: 'changed', ...ports });
      t.after(() => updated.stop());
      await updated.start();
      changed({ password: 'changed', labels: { back: 'again' } });
      await available(subscriber, 'online');
      const info = () => JSON.parse(subscriber.payloads('axis2mqtt/entrance/info').at(-1) ?? '{}');
      await eventually('the new firmware', () => info().firmware === '12.1.5');
      story.push('initialized false resync');
      await says(setting, ...story);
      assert.equal(info().source, heardBy);
      const events = eventsOf(subscriber.received, 'entrance');
      assert.ok(events.every(({ serial }) => serial === 'ACCC8E000001'));
    });
  }
});
