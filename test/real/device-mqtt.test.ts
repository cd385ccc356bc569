// The device's own MQTT client, a real broker, and the source that reads there.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { createDeviceMqtt } from '../../src/sources/device-mqtt/device-mqtt.ts';
import { hear, publishing, startDevice, startReader } from '../support/device-mqtt.ts';
import { eventually } from '../support/eventually.ts';
import { ends, until } from '../support/listen.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { items } from '../support/notification.ts';
import { type Subscriber, subscribe as watch } from '../support/subscriber.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';

/** The device's client said last that it is there. */
function isConnected({ received }: Subscriber): boolean {
  return (
    received.findLast(({ topic }) => topic.endsWith('connection'))?.payload.includes('"connected":true') ??
    false
  );
}

describe('hearing a device by its own MQTT client', need('mosquitto'), () => {
  test('gives its events in order with all their items, under either of its prefixes', async t => {
    const broker = await startMosquitto(t);
    const { subscribe } = startReader(t, broker.url);
    for (const prefix of ['axis/ACCC8E000001', 'ACCC8E000002']) {
      const options = publishing(broker.port);
      const client = { ...options.mqtt?.client, deviceTopicPrefix: prefix };
      const { device } = await startDevice(t, {
        serial: prefix.slice(-12),
        mqtt: { ...options.mqtt, client, replay: false },
      });
      const { emitted, opened, stop, done } = hear(t, device, {
        source: createDeviceMqtt({ subscribe, serial: device.serial }),
      });
      await until(() => opened.length === 1);
      device.burst(100);
      await until(() => emitted.length === 100);
      const [first, second] = emitted;
      assert.match(first?.time ?? '', /^\d{4}-.*Z$/);
      const { time: _, ...rest } = first ?? { time: '' };
      assert.deepEqual(rest, {
        topic: PORT,
        source: items({ port: '1' }),
        key: [],
        data: items({ state: '1' }),
      });
      assert.deepEqual(second?.data, items({ state: '0' }));
      assert.equal(opened[0]?.realm, `AXIS_${device.serial}`);
      stop();
      await done;
      await device.stop();
    }
  });

  test('takes an event that two of its filters publish for one', async t => {
    const broker = await startMosquitto(t);
    const { subscribe } = startReader(t, broker.url);
    const options = publishing(broker.port);
    const eventFilterList = [
      { topicFilter: '//.', qos: 1 },
      { topicFilter: 'onvif:Device//.', qos: 0, retain: 'property' },
    ];
    const { device } = await startDevice(t, {
      mqtt: { ...options.mqtt, publication: { eventFilterList }, replay: false },
    });
    const watcher = await watch(t, broker.url);
    const { emitted, opened } = hear(t, device, {
      source: createDeviceMqtt({ subscribe, serial: device.serial }),
    });
    await until(() => opened.length === 1);
    device.burst(20);
    const events = () => watcher.received.filter(({ topic }) => topic.includes('/IO/Port'));
    await eventually('each of them twice', () => events().length === 40);
    device.burst(1);
    await until(() => emitted.length >= 21);
    assert.equal(emitted.length, 21);
  });

  for (const version of [4, 5] as const)
    test(`MQTT ${version}: loses a message of more than 1 MiB alone, and names its topic`, async t => {
      const broker = await startMosquitto(t);
      const publisher = await connectAsync(broker.url);
      t.after(() => publisher.endAsync());
      const { device } = await startDevice(t, publishing(broker.port));
      const at = `axis/${device.serial}/event/tns:onvif/VideoSource/Image/$source/Source`;
      const large = JSON.stringify({ picture: 'x'.repeat(1_500_000) });
      for (const end of ['0', 'x'.repeat(60_000)])
        await publisher.publishAsync(`${at}/${end}`, large, { retain: true });
      const { subscribe } = startReader(t, broker.url, version);
      const { emitted, opened, unreadable } = hear(t, device, {
        source: createDeviceMqtt({ subscribe, serial: device.serial }),
      });
      await until(() => opened.length === 1);
      await until(() => unreadable.length === 2);
      const before = emitted.length;
      for (const qos of [0, 1] as const) {
        await publisher.publishAsync(`${at}/${qos}`, large, { qos });
        device.burst(1);
      }
      await until(() => emitted.length === before + 2);
      await until(() => unreadable.length === 4);
      assert.deepEqual(new Set(unreadable.map(({ topic }) => topic)), new Set(['tns1:VideoSource/Image']));
      const id = /Sending PUBLISH to axis2mqtt-main-reader \(d0, q1, r0, m(\d+), 'axis\S+\/Source\/1'/;
      const sent = await eventually('it was sent', () => id.exec(broker.log())?.[1]);
      const answer = `Received PUBACK from axis2mqtt-main-reader (Mid: ${sent},`;
      await eventually('its answer', () => broker.log().includes(answer));
      assert.equal(opened.length, 1);
    });

  test('ends when the device dies, and is there again when the device is', async t => {
    const broker = await startMosquitto(t);
    const { subscribe } = startReader(t, broker.url);
    const { device } = await startDevice(t, publishing(broker.port));
    const listening = hear(t, device, { source: createDeviceMqtt({ subscribe, serial: device.serial }) });
    const watcher = await watch(t, broker.url, { filter: 'axis/+/event/connection' });
    await until(() => listening.opened.length === 1);
    await device.stop();
    await ends(listening.done, 'CLOSED', /its own MQTT client/);
    assert.equal(listening.clock.waiting(), 0);
    await device.start();
    await eventually('it is back', () => isConnected(watcher));
    const again = hear(t, device, { source: createDeviceMqtt({ subscribe, serial: device.serial }) });
    await until(() => again.opened.length === 1);
    device.emit(PORT, { source: { port: 7 }, data: { state: true } });
    await until(() => again.emitted.some(({ source }) => source[0]?.value === '7'));
  });

  test('ends when the broker does, and goes on by the same reader when that is back', async t => {
    const broker = await startMosquitto(t);
    const { subscribe } = startReader(t, broker.url);
    const { device } = await startDevice(t, publishing(broker.port));
    const listening = hear(t, device, { source: createDeviceMqtt({ subscribe, serial: device.serial }) });
    await until(() => listening.opened.length === 1);
    await broker.kill();
    await ends(listening.done, 'CLOSED');
    await ends(
      hear(t, device, { source: createDeviceMqtt({ subscribe, serial: device.serial }) }).done,
      'UNREACHABLE',
    );
    await broker.start();
    const again = hear(t, device, { source: createDeviceMqtt({ subscribe, serial: device.serial }) });
    await until(() => again.opened.length === 1);
    device.burst(3);
    await until(() => again.emitted.length >= 3);
  });

  test('one that is gone is an end once; then its return is waited for, with all that it says', async t => {
    const broker = await startMosquitto(t);
    const { subscribe } = startReader(t, broker.url);
    const { device } = await startDevice(t, publishing(broker.port));
    const source = createDeviceMqtt({ subscribe, serial: device.serial });
    const first = hear(t, device, { source });
    await until(() => first.opened.length === 1);
    await device.stop();
    await ends(first.done, 'CLOSED', /its own MQTT client/);
    const second = hear(t, device, { source });
    await delay(200);
    assert.equal(second.opened.length, 0);
    await device.start();
    await until(() => second.opened.length === 1);
    await until(() => second.emitted.some(({ topic }) => topic === 'tns1:VideoSource/MotionAlarm'));
    await device.stop();
    await ends(second.done, 'CLOSED');
    await ends(
      hear(t, device, { source: createDeviceMqtt({ subscribe, serial: device.serial }) }).done,
      'CLOSED',
    );
  });

  test('what the broker retains are states where the device declares them so, and no pulses', async t => {
    const broker = await startMosquitto(t);
    const options = publishing(broker.port, { retain: 'all' });
    const { device, httpPort } = await startDevice(t, {
      ...options,
      mqtt: { ...options.mqtt, replay: false },
    });
    const watcher = await watch(t, broker.url, { filter: 'axis/#' });
    await eventually('the device is connected', () => isConnected(watcher));
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    device.emit('tnsaxis:CameraApplicationPlatform/ALPV.AllPlates', { data: { text: 'ABC123' } });
    await watcher.until(
      received => received.filter(({ topic }) => !topic.endsWith('connection')).length === 2,
    );
    const { subscribe: read } = startReader(t, broker.url);
    const source = createDeviceMqtt({ subscribe: read, serial: device.serial });
    const { emitted } = hear(t, device, { source, httpPort });
    await until(() => emitted.length === 1);
    device.emit(PORT, { source: { port: 1 }, data: { state: false } });
    await until(() => emitted.length === 2);
    assert.deepEqual(
      emitted.map(({ topic, operation, data }) => [topic, operation, data[0]?.value]),
      [
        [PORT, 'initialized', '1'],
        [PORT, undefined, '0'],
      ],
    );
  });

  test('the reader leaves nothing behind, and publishes nothing', async t => {
    const broker = await startMosquitto(t);
    const reader = startReader(t, broker.url);
    const { device } = await startDevice(t, publishing(broker.port));
    const listening = hear(t, device, {
      source: createDeviceMqtt({ subscribe: reader.subscribe, serial: device.serial }),
    });
    await until(() => listening.opened.length === 1);
    listening.stop();
    await listening.done;
    await reader.stop();
    await until(() => /Received DISCONNECT from axis2mqtt-main-reader/.test(broker.log()));
    assert.doesNotMatch(broker.log(), /Received PUBLISH from axis2mqtt-main-reader/);
    assert.match(broker.log(), /Received UNSUBSCRIBE from axis2mqtt-main-reader/);
  });
});
