// The bridge hears a device by that one's own MQTT client, at the broker that the bridge itself is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDevice } from '../../src/simulator/simulator.ts';
import { makeProgram } from '../support/bridge-process.ts';
import { available, nextEvent, startCamera, wasSaid } from '../support/bridge-setting.ts';
import { gapsOf } from '../support/collector.ts';
import { publishing } from '../support/device-mqtt.ts';
import { eventually } from '../support/eventually.ts';
import { answers, freePort, freePorts } from '../support/free-port.ts';
import { subscribe } from '../support/subscriber.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';

test('a device that publishes to the embedded broker is heard, missed and heard again', {
  timeout: 240_000,
}, async t => {
  const port = await freePort();
  const device = createDevice({ ...(await freePorts()), ...publishing(port) });
  t.after(() => device.stop());
  const camera = await startCamera(device, 'entrance');
  const program = await makeProgram(t, {
    brokers: { main: { url: `embedded://127.0.0.1:${port}` } },
    cameras: [{ ...camera, source: 'device-mqtt', serial: device.serial }],
    http: false,
  });
  const run = program.start();
  await eventually('the embedded broker', () => answers(port));
  const subscriber = await subscribe(t, `mqtt://127.0.0.1:${port}`, { qos: 1, protocolVersion: 4 });
  assert.equal((await available(subscriber, 'online')).source, 'device-mqtt');
  device.emit(PORT, { source: { port: 1 }, data: { state: true } });
  const event = await nextEvent(subscriber, ({ topic, active }) => topic === PORT && active === true);
  assert.deepEqual([event.source, event.data], [{ port: 1 }, { state: true }]);

  const from = subscriber.received.length;
  await device.stop();
  await wasSaid(subscriber, 'offline', 'CLOSED', from);
  await device.start();
  await available(subscriber, 'online');
  const gap = await eventually('the gap', () => gapsOf(subscriber.received, 'entrance')[0]);
  assert.match(gap.cause, /^(network|reboot)$/);
  assert.ok(!run.log().some(({ level }) => Number(level) >= 50), run.stdout);
  assert.ok(!run.stdout.includes('nothing answers'), 'its own broker is no surprise');
});
