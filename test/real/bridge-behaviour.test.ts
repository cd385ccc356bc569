// What a subscriber sees (DESIGN 3.1, 3.2, 3.5): topics, payloads, retained states, properties, routes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { available, makeSetting, nextEvent, retained, type Setting } from '../support/bridge-setting.ts';
import { eventsOf, firstsOf, readHealth } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { need } from '../support/need.ts';
import type { Received } from '../support/subscriber.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';
const PORT_TOPIC = 'axis2mqtt/entrance/event/Device/IO/Port/port=1';
const PLATE = 'tnsaxis:CameraApplicationPlatform/ALPV.AllPlates';
const PLATE_TOPIC = 'axis2mqtt/entrance/event/CameraApplicationPlatform/ALPV.AllPlates';
const INPUT = 'tns1:Device/tnsaxis:IO/VirtualInput';
const INTERNAL = 'tnsaxis:CameraApplicationPlatform/ObjectAnalytics/xinternal_data';
const LABELS = { labels: { site: 'lund' } };

/** Runs the program until the device is heard and its states have come. */
async function run(setting: Setting): Promise<Setting> {
  const bridge = setting.program.start();
  const states = () => eventsOf(setting.subscriber.received, 'entrance').length >= 10;
  await eventually('the states', states).catch(error => assert.fail(`${error}\n${bridge.stderr}`));
  return setting;
}

/** Waits for so many messages on a topic, and gives the last. */
async function message({ subscriber }: Setting, topic: string, count: number): Promise<Received> {
  await eventually(`${count} messages on ${topic}`, () => subscriber.on(topic).length >= count);
  return subscriber.on(topic)[count - 1] ?? assert.fail();
}

describe('messages of the bridge', { ...need('mosquitto'), concurrency: 2, timeout: 240_000 }, () => {
  test('a state: topic, payload, properties, retained', async t => {
    const setting = await run(await makeSetting(t, { camera: LABELS }));
    const { device, broker } = setting;
    const first = JSON.parse((await message(setting, PORT_TOPIC, 1)).payload);
    assert.equal(first.operation, 'initialized');
    assert.deepEqual([first.data, first.active, first.resync], [{ state: false }, false, undefined]);

    const before = Date.now();
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    const { payload, qos, properties } = await message(setting, PORT_TOPIC, 2);
    const { id, seq, time, received, ...rest } = JSON.parse(payload);
    assert.match(id, /^[0-9a-f]{32}$/);
    assert.ok(Number.isInteger(seq) && seq > 1);
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    assert.ok(Date.parse(received) >= before - 1 && new Date(received).toISOString() === received);
    assert.deepEqual(rest, {
      device: 'entrance',
      serial: device.serial,
      topic: PORT,
      kind: 'property',
      operation: 'changed',
      source: { port: 1 },
      key: {},
      data: { state: true },
      active: true,
      labels: { site: 'lund' },
    });
    assert.equal(qos, 1);
    assert.deepEqual(
      { ...properties, userProperties: { ...properties?.userProperties } },
      {
        contentType: 'application/json',
        payloadFormatIndicator: true,
        userProperties: { id, seq: String(seq), device: 'entrance' },
      },
    );
    assert.equal((await retained(broker)).get(PORT_TOPIC), payload);
  });

  test('a pulse: typed by its declaration, without source, never retained', async t => {
    const setting = await run(await makeSetting(t));
    const { device, broker } = setting;
    const said = { text: '0123', country: 'SE', carState: 'new', carID: 7, consumedTime: 12.5 };
    device.emit(PLATE, { data: said });
    const event = JSON.parse((await message(setting, PLATE_TOPIC, 1)).payload);
    assert.deepEqual(event.data, said);
    assert.deepEqual([event.kind, event.operation, event.active], ['event', undefined, undefined]);
    device.emit(PLATE, { data: { ...said, carID: '9007199254740993', consumedTime: 'soon' } });
    const odd = JSON.parse((await message(setting, PLATE_TOPIC, 2)).payload);
    assert.deepEqual(odd.data, { ...said, carID: '9007199254740993', consumedTime: 'soon' });
    assert.equal((await retained(broker)).has(PLATE_TOPIC), false);
  });

  test('a property that is deleted says so, then takes its retained message with it', async t => {
    const setting = await run(await makeSetting(t));
    const topic = 'axis2mqtt/entrance/event/Device/IO/VirtualInput/port=1';
    await message(setting, topic, 1);
    setting.device.remove({ topic: INPUT, source: { port: 1 } });
    await message(setting, topic, 3);
    const [, deleted, cleared] = setting.subscriber.on(topic);
    assert.deepEqual([JSON.parse(deleted?.payload ?? '').operation, cleared?.payload], ['deleted', '']);
    assert.equal((await retained(setting.broker)).has(topic), false);
    setting.device.emit(PLATE, { data: { text: 'next' } });
    await message(setting, PLATE_TOPIC, 1);
    firstsOf(eventsOf(setting.subscriber.received, 'entrance'));
  });

  test('what nobody declared goes through as it was said; what a topic may not hold is encoded', async t => {
    const setting = await run(await makeSetting(t));
    const source = { 'b/c': 'x/#+%', a: ['1', '2'] };
    setting.device.emit('tnsaxis:Brand/New+Thing', { source, key: { k: 'é' }, data: { flag: '1' } });
    const event = await nextEvent(setting.subscriber, ({ topic }) => topic.includes('New'));
    assert.deepEqual(
      [event.kind, event.untyped, event.source, event.key, event.data],
      ['event', true, { 'b/c': 'x/#+%', a: ['1', '2'] }, { k: 'é' }, { flag: '1' }],
    );
    const topic = 'axis2mqtt/entrance/event/Brand/New%2BThing/a=1/a=2/b%2Fc=x%2F%23%2B%25/k=é';
    await message(setting, topic, 1);
  });

  test('excluded topics are counted as filtered and not published', async t => {
    const setting = await run(
      await makeSetting(t, { camera: { events: { exclude: ['**/xinternal_data', PLATE] } } }),
    );
    const { device, subscriber, httpPort } = setting;
    const before = (await readHealth(httpPort)).devices['entrance']?.filtered;
    device.emit(INTERNAL, { data: { svgframe: 'x' } });
    device.emit(PLATE, { data: { text: 'x' } });
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await message(setting, PORT_TOPIC, 2);
    const { filtered, received, kept } = (await readHealth(httpPort)).devices['entrance'] ?? assert.fail();
    assert.deepEqual([before, filtered, received - kept], [0, 2, 2]);
    const topics = eventsOf(subscriber.received, 'entrance').map(({ topic }) => topic);
    assert.ok(!topics.includes(INTERNAL) && !topics.includes(PLATE));
  });

  test('a device that refuses its declarations: strings, marked untyped, and degraded', async t => {
    const setting = await run(await makeSetting(t, { device: { http: { refuseDeclarations: true } } }));
    await available(setting.subscriber, 'degraded', 'NO_DECLARATIONS');
    setting.device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    const event = JSON.parse((await message(setting, PORT_TOPIC, 2)).payload);
    assert.deepEqual(
      [event.kind, event.untyped, event.source, event.data, event.active],
      ['property', true, { port: '1' }, { state: '1' }, undefined],
    );
    assert.ok((await retained(setting.broker)).has(PORT_TOPIC));
    assert.equal(setting.device.stats.failedLogins, 0);
  });

  test('a device that refuses HTTP altogether is heard, and known by its login', async t => {
    const setting = await makeSetting(t);
    setting.device.refuseHttp(403);
    await run(setting);
    await available(setting.subscriber, 'degraded', 'NO_DECLARATIONS');
    const event = await nextEvent(setting.subscriber, ({ topic }) => topic === PORT);
    assert.deepEqual([event.serial, event.untyped], [setting.device.serial, true]);
  });

  test('retained beside the events: availability, info, and the bridge itself', async t => {
    const { device, broker } = await run(await makeSetting(t, { camera: LABELS }));
    const kept = await retained(broker);
    const read = (topic: string) => JSON.parse(kept.get(`axis2mqtt/${topic}`) ?? assert.fail(topic));
    const { state, source, since } = read('entrance/availability');
    assert.deepEqual([state, source, new Date(since).toISOString()], ['online', 'rtsp', since]);
    const info = read('entrance/info');
    assert.deepEqual(
      [info.serial, info.model, info.firmware, info.source],
      [device.serial, 'P3265-LVE', '11.11.77', 'rtsp'],
    );
    assert.deepEqual(info.events[PORT].data, [{ name: 'state', type: 'xsd:boolean', state: true }]);
    assert.deepEqual(read('bridge/main/state'), { state: 'online' });
    assert.ok(Date.parse(read('bridge/main/health').started) > Date.now() - 600_000);
    const [camera] = read('bridge/main/info').config.cameras;
    assert.deepEqual(Object.keys(camera), ['id', 'source', 'events', 'poll', 'commands', 'labels']);
  });

  test('routes: each that matches, one topic once, each with its own seq, QoS and retain', async t => {
    const routes = [
      {},
      { match: { topic: 'tns1:Device/**' } },
      {
        match: { topic: PORT },
        topic: '{base}/doors/{labels.site}/{device}/{source}',
        qos: 2,
        retain: 'none',
      },
      { match: { kind: 'event' }, topic: '{base}/pulses/{serial}', qos: 0, expiry: '1h', retain: 'all' },
      { match: { labels: { site: 'malmö' } }, topic: 'nothing/{topic}' },
    ];
    const setting = await run(await makeSetting(t, { camera: LABELS, config: { routes } }));
    const { device, broker, subscriber } = setting;
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    device.emit(PLATE, { data: { text: 'x' } });
    const pulse = await message(setting, `axis2mqtt/pulses/${device.serial}`, 1);
    const door = await message(setting, 'axis2mqtt/doors/lund/entrance/port=1', 2);
    assert.deepEqual(
      [door.qos, JSON.parse(door.payload).seq, JSON.parse(door.payload).operation],
      [2, 3, 'changed'],
    );
    assert.deepEqual([pulse.qos, JSON.parse(pulse.payload).seq], [0, 1]);
    await message(setting, PLATE_TOPIC, 1);
    assert.equal(subscriber.on(PORT_TOPIC).length, 2);
    assert.deepEqual(
      subscriber.on(PORT_TOPIC)[1]?.properties?.userProperties?.['id'],
      JSON.parse(door.payload).id,
    );
    firstsOf(eventsOf(subscriber.received, 'entrance'));
    const kept = await retained(broker);
    assert.deepEqual(
      [kept.has(`axis2mqtt/pulses/${device.serial}`), kept.has('axis2mqtt/doors/lund/entrance/port=1')],
      [true, false],
    );
    assert.ok(!subscriber.received.some(({ topic }) => topic.startsWith('nothing/')));
  });
});
