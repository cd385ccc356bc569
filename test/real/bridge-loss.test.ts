// What a broker forgets, and what it keeps, over a restart of its own.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { available, makeSetting, retained, type Setting } from '../support/bridge-setting.ts';
import { gapsOf } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { need } from '../support/need.ts';

const DOOR = 'axis2mqtt/entrance/event/Device/IO/Port/port=1';
const CHECKPOINT = 'axis2mqtt/bridge/main/checkpoint';
const COUNTER = 'axis2mqtt/entrance/reading/system';

/** The bridge with a device whose states and readings the broker has. */
async function run(setting: Setting): Promise<Setting> {
  setting.program.start();
  await available(setting.subscriber, 'online');
  const has = async () => {
    const kept = await retained(setting.broker);
    return kept.has(DOOR) && kept.has(COUNTER);
  };
  await eventually('states and readings', has);
  return setting;
}

const POLLED = { camera: { poll: [{ api: 'system', every: '1h' }] } };

describe('a broker that comes back', need('mosquitto'), () => {
  test('without what it retained gets every state and reading again', async t => {
    const { broker } = await run(await makeSetting(t, POLLED));
    const before = await retained(broker);
    await broker.kill();
    await broker.start();
    const missing = async () => {
      const after = await retained(broker);
      return [...before.keys()].filter(topic => !after.has(topic));
    };
    await eventually('all of it', async () => (await missing()).length === 0);
  });

  test('with all that it retained is left alone: no device is asked again', async t => {
    const setting = await run(await makeSetting(t, { ...POLLED, broker: { persistent: true } }));
    const { broker, device, subscriber } = setting;
    const sessions = device.stats.rtsp['PLAY'];
    await broker.stop();
    await broker.start();
    device.emit('tns1:Device/tnsaxis:IO/Port', { source: { port: 1 }, data: { state: true } });
    await eventually('an event', async () => (await retained(broker)).get(DOOR)?.includes('"active":true'));
    assert.equal(device.stats.rtsp['PLAY'], sessions);
    assert.deepEqual(gapsOf(subscriber.received, 'entrance'), []);
  });

  test('restored from an older copy gets the states that came after it', async t => {
    const setting = await run(await makeSetting(t, { ...POLLED, broker: { persistent: true } }));
    const { broker, device } = setting;
    const number = async () => JSON.parse((await retained(broker)).get(CHECKPOINT) ?? '{}').number;
    const restore = await broker.backup();
    const before = await number();
    device.emit('tns1:Device/tnsaxis:IO/Port', { source: { port: 1 }, data: { state: true } });
    await eventually('an event', async () => (await retained(broker)).get(DOOR)?.includes('"active":true'));
    await eventually('its number', async () => (await number()) > before);
    await broker.kill();
    restore();
    await broker.start();
    await eventually('the state', async () => (await retained(broker)).get(DOOR)?.includes('"active":true'));
  });
});
