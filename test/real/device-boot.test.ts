// A device that restarts: it is there before all of it works, and answers anything until then.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Device } from '../../src/simulator/device.ts';
import { availabilityOf, available, makeSetting, nextEvent, wasSaid } from '../support/bridge-setting.ts';
import { gapsOf } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { need } from '../support/need.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';
/** No port answers, then each is refused, ms. */
const DOWN = 2_000;
const STARTING = 8_000;

function refuse(device: Device, status: number | null): void {
  device.refuseHttp(status);
  device.refuseRtsp(status);
}

describe('a device that restarts', { ...need('mosquitto'), concurrency: 4, timeout: 240_000 }, () => {
  for (const source of ['rtsp', 'websocket', 'pullpoint', 'auto'])
    for (const status of [404, 503, 401, 200])
      test(`answers ${status === 200 ? 'nothing' : status} for a while, and is heard by ${source} once it is ready, after one gap`, async t => {
        const { program, device, subscriber } = await makeSetting(t, { camera: { source } });
        const run = program.start();
        const before = await available(subscriber, 'online');
        refuse(device, status);
        await device.reboot({ downMs: DOWN });
        await setTimeout(STARTING);
        refuse(device, null);
        const after = await available(subscriber, 'online');
        assert.deepEqual([after.source, after.passed], [before.source, before.passed]);
        await eventually('the gap', () => gapsOf(subscriber.received, 'entrance')[0]);
        assert.deepEqual(await run.end(), { code: 0, signal: null });
        assert.equal(gapsOf(subscriber.received, 'entrance').length, 1);
      });

  test('while the bridge does is still the device that was heard before', async t => {
    const { program, device, subscriber } = await makeSetting(t, { camera: { source: 'auto' } });
    const run = program.start();
    await available(subscriber, 'online');
    await run.end();
    refuse(device, 404);
    const from = subscriber.received.length;
    program.start();
    await wasSaid(subscriber, 'offline', 'NOT_FOUND', from);
    refuse(device, null);
    await available(subscriber, 'online');
  });
});

describe('a WebSocket that dies after 1.5 s each time', { ...need('mosquitto'), timeout: 240_000 }, () => {
  test('is left for RTSP, with the reason, and events arrive', async t => {
    const { program, device, subscriber } = await makeSetting(t, {
      device: { websocket: { endsAfterMs: 1_500 } },
      camera: { source: 'auto' },
    });
    const run = program.start();
    const isByRtsp = () => {
      const last = availabilityOf(subscriber.received).at(-1);
      return last?.state === 'online' && last.source === 'rtsp' && last;
    };
    const { passed } = await eventually('heard by RTSP', isByRtsp, 60_000);
    assert.deepEqual(passed, { websocket: 'CLOSED' });
    const from = subscriber.received.length;
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await nextEvent(subscriber, ({ topic, active }) => topic === PORT && active === true, from);
    const told = run.log().find(({ restS }) => restS !== undefined);
    assert.deepEqual([told?.['source'], told?.['restS']], ['websocket', 1800]);
  });
});
