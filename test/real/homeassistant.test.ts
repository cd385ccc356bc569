// What Home Assistant is told: device discovery at a real broker, read by its own rules and its own template engine.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connectAsync } from 'mqtt';
import { available, makeSetting, retained } from '../support/bridge-setting.ts';
import { eventsOf } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import type { DiscoveryPayload } from '../support/homeassistant.ts';
import { assertSameAgain, makeHome, named, told, topicOf } from '../support/homeassistant-setting.ts';
import { needJinja, render, renderAll } from '../support/jinja.ts';
import { need } from '../support/need.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';
/** What the device says last of its states. */
const LAST = 'Object Analytics Device1 Scenario1';
const OPTIONS = { ...need('mosquitto'), concurrency: 3, timeout: 240_000 };

describe('Home Assistant', OPTIONS, () => {
  test('is told nothing unless the configuration wants it', async t => {
    const setting = await makeSetting(t);
    setting.program.start();
    await available(setting.subscriber, 'online');
    await eventually('a state', () => eventsOf(setting.subscriber.received, 'entrance')[0]);
    const before = setting.subscriber.received.filter(({ topic }) => topic.startsWith('homeassistant/'));
    assert.deepEqual(before, []);
    setting.program.configure({ ...setting.config, homeAssistant: true });
    await told(setting, all => named(all, 'IO Port 1'));
    assert.equal(setting.device.stats.rtsp['PLAY'], 1, 'the camera was left alone');
  });

  test('is told of a device by a retained message', async t => {
    const setting = await makeHome(t, { camera: { labels: { area: 'door' } } });
    setting.program.start();
    const payload = await told(setting, ({ components }) => Object.keys(components).length > 12);
    assert.equal(payload.device['name'], 'entrance');
    assert.equal(payload.device['suggested_area'], 'door');
    assert.ok(!JSON.stringify(payload).includes(setting.device.host));
    await eventually(
      'the last is retained',
      async () =>
        (await retained(setting.broker)).get(topicOf(setting)) ===
        setting.subscriber.payloads(topicOf(setting)).at(-1),
    );
  });

  test('reads every state as the device has it', needJinja(), async t => {
    const setting = await makeHome(t);
    setting.program.start();
    const payload = await told(setting, all => named(all, LAST));
    const kept = await eventually('every state', async () => {
      const all = await retained(setting.broker);
      return (
        Object.values(payload.components).every(
          ({ platform, state_topic = '' }) => platform === 'event' || all.has(state_topic),
        ) && all
      );
    });
    const states = Object.values(payload.components).filter(({ platform }) => platform !== 'event');
    const values = renderAll(
      states.map(({ value_template = '', state_topic = '' }) => [
        value_template,
        kept.get(state_topic) ?? '',
      ]),
    );
    const read = Object.fromEntries(states.map(({ name }, index) => [name, values[index]]));
    assert.deepEqual(read, {
      'IO Port 1': 'False',
      'IO Port 2': 'False',
      'IO Virtual Input 1': 'False',
      'Relay AxisRelay1': 'False',
      'Casing Front cover': 'False',
      'System ready': 'True',
      'Status Temperature Above': 'False',
      'Light 0': 'False',
      'Storage alert SD_DISK': 'False',
      'Storage wear SD_DISK': '2',
      'Storage temperature SD_DISK': '34',
      'Storage alert NetworkShare': 'False',
      'Storage wear NetworkShare': 'None',
      'Storage temperature NetworkShare': 'None',
      'Motion 0': 'False',
      'Object Analytics Device1 Scenario1': 'False',
    });
    const here = payload.availability.map(({ topic, value_template }) =>
      render(value_template, kept.get(topic) ?? ''),
    );
    assert.deepEqual(here, ['online', 'online']);
  });

  test('sees a state change, a pulse, and that the device is gone', needJinja(), async t => {
    const setting = await makeHome(t);
    const { device, subscriber, program } = setting;
    const run = program.start();
    const payload = await told(setting, all => named(all, 'IO Port 1'));
    const port = named(payload, 'IO Port 1');
    const plate = named(payload, 'License plate');
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    device.emit('tnsaxis:CameraApplicationPlatform/ALPV.AllPlates', { data: { text: 'ABC 123' } });
    const last = (topic = '') => subscriber.payloads(topic).at(-1) ?? '';
    await eventually(
      'on',
      () => render(port?.value_template ?? '', last(port?.state_topic)) === port?.payload_on,
    );
    await eventually('the plate', () => last(plate?.state_topic));
    const event = JSON.parse(render(plate?.value_template ?? '', last(plate?.state_topic)));
    assert.deepEqual([event.event_type, event.text], ['triggered', 'ABC 123']);
    await run.end();
    await eventually('both are gone', () =>
      payload.availability.every(({ topic }) => JSON.parse(last(topic)).state === 'offline'),
    );
    const gone = payload.availability.map(({ topic, value_template }) => render(value_template, last(topic)));
    assert.deepEqual(gone, ['offline', 'offline']);
  });

  test('is told of a state when it is first said, and that it is removed', async t => {
    const setting = await makeHome(t);
    setting.program.start();
    await told(setting, all => named(all, 'IO Port 1'));
    setting.device.emit(PORT, { source: { port: 7 }, data: { state: true } });
    const payload = await told(setting, all => named(all, 'IO Port 7'));
    const [key = ''] = Object.entries(payload.components).find(([, { name }]) => name === 'IO Port 7') ?? [];
    setting.device.remove({ topic: PORT, source: { port: 7 } });
    const later = await told(setting, all => named(all, 'IO Port 7') === undefined);
    assert.deepEqual(later.components[key], { platform: 'binary_sensor' });
  });

  test('knows a device that gets another ID by its entities', async t => {
    const setting = await makeHome(t);
    setting.program.start();
    const before = await told(setting, all => named(all, LAST));
    const cameras = setting.config.cameras.map(camera => ({ ...camera, id: 'door' }));
    setting.program.configure({ ...setting.config, cameras });
    const idsOf = ({ components }: DiscoveryPayload) =>
      Object.values(components).flatMap(({ unique_id }) => unique_id ?? []);
    const all = await told(setting, payload => payload.device['name'] === 'door' && named(payload, LAST));
    assert.deepEqual(idsOf(all).sort(), idsOf(before).sort());
    assert.match(named(all, 'IO Port 1')?.state_topic ?? '', /^axis2mqtt\/door\//);
    assert.ok((await retained(setting.broker)).has(topicOf(setting)));
  });

  test('is told of polled values', needJinja(), async t => {
    const setting = await makeHome(t, { camera: { poll: [{ api: 'people-counter', every: '1s' }] } });
    setting.program.start();
    const people = named(await told(setting, all => named(all, 'People in')), 'People in');
    assert.equal(people?.state_class, 'total_increasing');
    const payload = (await retained(setting.broker)).get(people?.state_topic ?? '') ?? '';
    assert.equal(render(people?.value_template ?? '', payload), String(JSON.parse(payload).values.in));
  });

  test('is told the same after a restart, and nothing goes meanwhile', async t => {
    const setting = await makeHome(t, { camera: { poll: [{ api: 'people-counter', every: '1s' }] } });
    const run = setting.program.start();
    await told(setting, all => named(all, 'People in') && named(all, LAST));
    await run.end();
    await assertSameAgain(setting);
  });

  test('that says it has started is told again', async t => {
    const setting = await makeHome(t);
    setting.program.start();
    await told(setting, all => named(all, LAST));
    await eventually('the bridge listens', () => setting.broker.log().includes('homeassistant/status'));
    const count = () => setting.subscriber.payloads(topicOf(setting)).length;
    const before = count();
    await publish(setting.broker.url, 'homeassistant/status', 'offline');
    await publish(setting.broker.url, 'homeassistant/status', 'online');
    await eventually('it is told again', () => count() > before);
    const [last, again] = setting.subscriber.payloads(topicOf(setting)).slice(-2);
    assert.equal(again, last);
  });
});

async function publish(url: string, topic: string, payload: string): Promise<void> {
  const client = await connectAsync(url);
  await client.publishAsync(topic, payload);
  await client.endAsync();
}
