// Routes at real brokers: fields that are told to one broker and not to another, and a choice by values (DESIGN 2.2).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { available, makeSetting, nextEvent, retained } from '../support/bridge-setting.ts';
import { eventsOf, readHealth } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { subscribe } from '../support/subscriber.ts';

const TIME = '2026-11-22T08:00:00.123456Z';
const PORT = 'tns1:Device/tnsaxis:IO/Port';
const PLATE = 'tnsaxis:CameraApplicationPlatform/ALPV.AllPlates';

describe('routes', { ...need('mosquitto'), concurrency: 2, timeout: 240_000 }, () => {
  test('a plate is told to one broker and hashed or dropped for others, everywhere', async t => {
    const other = await startMosquitto(t);
    const setting = await makeSetting(t, { device: { serial: 'ACCC8E012345' } });
    const { config, program, device, subscriber, broker } = setting;
    const elsewhere = await subscribe(t, other.url);
    const hash = [
      { name: 'text', do: 'hash' },
      { name: 'lane', do: 'hash' },
    ];
    const routes = [
      { broker: 'main' },
      { broker: 'other', fields: hash, hashKey: 'a long enough key' },
      { broker: 'other', fields: hash, hashKey: 'a long enough key', format: 'axis' },
      { broker: 'other', fields: [{ topic: PLATE, name: 'text', do: 'drop' }], format: 'onvif' },
    ];
    program.configure({
      ...config,
      brokers: { main: { url: broker.url }, other: { url: other.url } },
      routes,
    });
    const bridge = program.start();
    await available(subscriber, 'online');
    device.emit(PLATE, { source: { lane: 'LANE7' }, data: { text: 'AB123', carID: 7 } }, { time: TIME });
    const last = 'axis2mqtt/entrance/onvif-ej/tnsaxis:CameraApplicationPlatform/ALPV.AllPlates/&LANE7';
    await eventually('the last of them', () => elsewhere.on(last).length === 1);
    const whole = await nextEvent(subscriber, ({ topic }) => topic === PLATE);
    const [hashed] = eventsOf(elsewhere.received, 'entrance').filter(({ topic }) => topic === PLATE);
    assert.ok(hashed);
    assert.deepEqual([whole.source, whole.data], [{ lane: 'LANE7' }, { text: 'AB123', carID: 7 }]);
    assert.equal(hashed.id, whole.id);
    assert.match(String(hashed.data['text']), /^[0-9a-f]{32}$/);
    assert.equal(hashed.data['carID'], 7);
    const told = elsewhere.received.filter(({ topic }) => topic.includes('ALPV'));
    assert.equal(told.length, 3);
    for (const { topic, payload } of told) {
      assert.ok(!`${topic} ${payload}`.includes('AB123'), payload);
      if (topic !== last) assert.ok(!`${topic} ${payload}`.includes('LANE7'), topic);
    }
    assert.ok(!bridge.stdout.includes('long enough'));
  });

  test('a route by data values takes these alone; the others are counted as filtered', async t => {
    const routes = [{ match: { topic: PORT, data: { state: true } }, topic: 'open/{device}/{source}' }];
    const setting = await makeSetting(t, { config: { routes } });
    const { device, program, subscriber, httpPort, broker } = setting;
    program.start();
    await available(subscriber, 'online');
    const states = [true, false, true, false];
    for (const state of states) device.emit(PORT, { source: { port: 1 }, data: { state } });
    await eventually('two', () => subscriber.on('open/entrance/port=1').length === 2);
    const { received, kept, filtered } = await eventually('all are counted', async () => {
      const counts = (await readHealth(httpPort)).devices['entrance'];
      return counts !== undefined && counts.received >= 4 + 11 && counts;
    });
    assert.deepEqual([kept, filtered], [2, received - 2]);
    assert.ok(!(await retained(broker)).has('open/entrance/port=1'));
  });
});
