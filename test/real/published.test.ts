// Every message of a run is as config/asyncapi.yaml and config/payloads.schema.json say, to the last member.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connectAsync } from 'mqtt';
import { available, makeSetting, nextEvent } from '../support/bridge-setting.ts';
import { eventually } from '../support/eventually.ts';
import { need } from '../support/need.ts';
import { createJudge } from '../support/payloads.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';
const INPUT = 'tns1:Device/tnsaxis:IO/VirtualInput';
const PLATE = 'tnsaxis:CameraApplicationPlatform/ALPV.AllPlates';
const COMMAND = 'axis2mqtt/entrance/command/record';
const IMAGE = Buffer.alloc(2000, 1).toString('base64');

describe('what is published', { ...need('mosquitto'), timeout: 240_000 }, () => {
  test('is described: each topic once, each payload without a member that the schema does not know', async t => {
    const polled = ['people-counter', 'io', 'temperature', 'storage', 'system'];
    const camera = {
      poll: polled.map(api => ({ api, every: '1s' })),
      labels: { site: 'lund' },
      commands: ['record'],
      events: { budget: 20, fields: [{ name: 'lpImage', over: '1KiB', do: 'cut' }] },
    };
    const fields = [
      { name: 'text', do: 'hash' },
      { name: 'country', do: 'drop' },
    ];
    const routes = [{ fields, hashKey: 'a key' }, { format: 'axis' }, { format: 'onvif' }];
    const config = { routes, actions: { audit: true } };
    const { broker, device, program, subscriber } = await makeSetting(t, { camera, config });
    const first = program.start();
    await available(subscriber, 'online');
    device.emit(PLATE, { data: { text: 'AB123', country: 'SE', lpImage: IMAGE, carID: 7 } });
    device.emit('tnsaxis:Brand/New', { source: { a: ['1', '2'] }, key: { k: 'é' }, data: { flag: '1' } });
    device.emit(PORT, { source: { port: -1 }, data: { state: true } });
    device.burst(400);
    await nextEvent(subscriber, ({ merged }) => merged !== undefined);
    device.remove({ topic: INPUT, source: { port: 1 } });
    await nextEvent(subscriber, ({ operation }) => operation === 'deleted');
    await broker.subscribed('axis2mqtt/+/command/+');
    const client = await connectAsync(broker.url);
    for (const payload of ['{"requestId":"r"}', '{"requestId":"r"}', '{"no":1}'])
      await client.publishAsync(COMMAND, payload);
    await client.endAsync();
    const reading = 'axis2mqtt/entrance/reading/';
    await eventually('a reading', () => subscriber.received.some(({ topic }) => topic.startsWith(reading)));
    await eventually('audit', () => subscriber.payloads('axis2mqtt/bridge/main/audit').length === 3);
    await device.stop();
    await available(subscriber, 'offline', 'UNREACHABLE');
    device.emit(PORT, { source: { port: 2 }, data: { state: true } });
    await device.start();
    await nextEvent(subscriber, ({ resync }) => resync === true);
    await first.end('SIGTERM');
    await available(subscriber, 'offline', 'STOPPED');

    const judge = createJudge({ strict: true });
    const seen = new Set<string>();
    await eventually('the end', () => subscriber.payloads('axis2mqtt/bridge/main/state').length === 2);
    const published = subscriber.received.filter(({ topic }) => topic !== COMMAND);
    for (const { topic, payload } of published) {
      const [channel = '', ...others] = judge.channelsOf(topic);
      assert.deepEqual([channel !== '', others], [true, []], topic);
      seen.add(channel);
      if (payload !== '')
        assert.equal(judge.complaint(channel, JSON.parse(payload)), undefined, `${topic} ${payload}`);
    }
    const ours = subscriber.received.filter(
      ({ topic, payload }) => topic.includes('/event/') && payload !== '',
    );
    const members = new Set(ours.flatMap(({ payload }) => Object.keys(JSON.parse(payload))));
    for (const name of ['untyped', 'aggregate', 'resync', 'merged', 'cut', 'dropped', 'hashed'])
      assert.ok(members.has(name), `${name} never came`);
    assert.deepEqual([...seen].sort(), [
      'availability',
      'axisConnection',
      'axisEvent',
      'bridgeAudit',
      'bridgeCheckpoint',
      'bridgeHealth',
      'bridgeInfo',
      'bridgeState',
      'event',
      'gap',
      'info',
      'onvifEvent',
      'reading',
      'result',
    ]);
  });
});
