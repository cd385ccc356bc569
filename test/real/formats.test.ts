// The formats axis and onvif beside the bridge's own, byte for byte at a real broker (DESIGN 3.3, 3.4; PROTOCOLS 5, 6).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_TOPICS, property, pulse } from '../../src/simulator/catalogue.ts';
import { available, makeSetting, retained, type Setting, wasSaid } from '../support/bridge-setting.ts';
import { eventsOf } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { type Received, subscribe } from '../support/subscriber.ts';

const SERIAL = 'ACCC8E012345';
const TIME = '2026-11-22T08:00:00.123456Z';
const MS = 1795334400123;
const PORT = 'tns1:Device/tnsaxis:IO/Port';
const VMD = 'tnsaxis:CameraApplicationPlatform/VMD/Camera1Profile1';
const LINE = 'tns1:RuleEngine/LineDetector/Crossed';
const CONNECTION = `axis/${SERIAL}/event/connection`;

const TOPICS = [
  ...DEFAULT_TOPICS,
  property(VMD, 'VMD 4: Profile 1', { data: { active: 'xsd:boolean*' } }, [
    { source: {}, data: { active: false } },
  ]),
  pulse(LINE, 'Line crossed', {
    source: {
      VideoSource: 'tt:ReferenceToken',
      AnalyticsConfiguration: 'tt:ReferenceToken',
      Rule: 'xsd:string',
    },
    data: { ObjectId: 'xsd:int' },
  }),
];

/** What a device says, and what stands on each format's topic for it. */
interface Row {
  topic: string;
  source?: Record<string, string | number>;
  key?: Record<string, string>;
  data: Record<string, string | number | boolean>;
  axis: [topic: string, payload: string];
  onvif: [topic: string, payload: string];
  retained: boolean;
}

const ROWS: Row[] = [
  {
    topic: PORT,
    source: { port: 1 },
    data: { state: true },
    axis: [
      'tns:onvif/Device/tns:axis/IO/Port/$source/port/1',
      `{"topic":"onvif:Device/axis:IO/Port","timestamp":${MS},"message":{"source":{"port":"1"},"key":{},"data":{"state":"1"}}}`,
    ],
    onvif: ['Device/tnsaxis:IO/Port/&1', `{"UtcTime":"${TIME}","Source":{"port":1},"Data":{"state":true}}`],
    retained: true,
  },
  {
    topic: VMD,
    data: { active: true },
    axis: [
      'tns:axis/CameraApplicationPlatform/VMD/Camera1Profile1',
      `{"topic":"axis:CameraApplicationPlatform/VMD/Camera1Profile1","timestamp":${MS},"message":{"source":{},"key":{},"data":{"active":"1"}}}`,
    ],
    onvif: [
      'tnsaxis:CameraApplicationPlatform/VMD/Camera1Profile1',
      `{"UtcTime":"${TIME}","Source":{},"Data":{"active":true}}`,
    ],
    retained: true,
  },
  {
    topic: LINE,
    source: { VideoSource: '1', AnalyticsConfiguration: '2', Rule: 'My/Fence+1' },
    key: { Kind: 'car' },
    data: { ObjectId: 15 },
    axis: [
      'tns:onvif/RuleEngine/LineDetector/Crossed/$source/VideoSource/1/$source/AnalyticsConfiguration/2/$source/Rule/My%2FFence%2B1',
      `{"topic":"onvif:RuleEngine/LineDetector/Crossed","timestamp":${MS},"message":{"source":{"VideoSource":"1","AnalyticsConfiguration":"2","Rule":"My/Fence+1"},"key":{"Kind":"car"},"data":{"ObjectId":"15"}}}`,
    ],
    onvif: [
      'RuleEngine/LineDetector/Crossed/&1/2/My%2FFence1',
      `{"UtcTime":"${TIME}","Source":{"VideoSource":"1","AnalyticsConfiguration":"2","Rule":"My/Fence+1"},"Key":{"Kind":"car"},"Data":{"ObjectId":15}}`,
    ],
    retained: false,
  },
];

const THREE = [{}, { format: 'axis' }, { format: 'onvif' }];

const axisTopic = (path: string) => `axis/${SERIAL}/event/${path}`;
const onvifTopic = (path: string) => `axis2mqtt/entrance/onvif-ej/${path}`;

/** Starts the program; the device's states have come in all formats. */
async function run(setting: Setting): Promise<Setting> {
  setting.program.start();
  await available(setting.subscriber, 'online');
  await eventually('the states', () => eventsOf(setting.subscriber.received, 'entrance').length >= 10);
  return setting;
}

/** Waits for a message on a topic with that payload. */
function message({ subscriber }: Setting, topic: string, payload: string): Promise<Received> {
  const look = () => subscriber.on(topic).find(message => message.payload === payload);
  return eventually(`${topic} ${payload}`, look).catch(error =>
    assert.fail(
      `${error}\n${subscriber
        .on(topic)
        .map(({ payload }) => payload)
        .join('\n')}`,
    ),
  );
}

function connections({ subscriber }: Setting, topic = CONNECTION): unknown[][] {
  const said = subscriber.payloads(topic).map(payload => (payload === '' ? {} : JSON.parse(payload)));
  return said.map(({ serialNumber, connected, description }) => [serialNumber, connected, description]);
}

describe('formats', { ...need('mosquitto'), concurrency: 2, timeout: 240_000 }, () => {
  test('each event in all of them: topic, payload, retained, properties', async t => {
    const device = { serial: SERIAL, topics: TOPICS };
    const setting = await run(await makeSetting(t, { device, config: { routes: THREE } }));
    for (const { topic, source = {}, key = {}, data } of ROWS)
      setting.device.emit(topic, { source, key, data }, { time: TIME });
    for (const { topic, axis, onvif } of ROWS) {
      const own = await eventually(`${topic} in the bridge's own`, () =>
        eventsOf(setting.subscriber.received, 'entrance').find(
          event => event.topic === topic && event.time === TIME,
        ),
      );
      for (const [name, payload] of [
        [axisTopic(axis[0]), axis[1]],
        [onvifTopic(onvif[0]), onvif[1]],
      ] as const) {
        const { qos, properties } = await message(setting, name, payload);
        assert.equal(qos, 1);
        assert.equal(properties?.userProperties?.['id'], own.id);
        assert.match(String(properties?.userProperties?.['seq']), /^\d+$/);
      }
    }
    const kept = await retained(setting.broker);
    for (const { axis, onvif, retained: stays } of ROWS) {
      assert.equal(kept.get(axisTopic(axis[0])), stays ? axis[1] : undefined);
      assert.equal(kept.get(onvifTopic(onvif[0])), stays ? onvif[1] : undefined);
    }
  });

  test('a property that is gone: an empty message that clears, with the id of the event', async t => {
    const device = { serial: SERIAL, topics: TOPICS };
    const setting = await run(await makeSetting(t, { device, config: { routes: THREE } }));
    const [port] = ROWS;
    assert.ok(port);
    setting.device.remove({ topic: PORT, source: { port: 1 } });
    const deleted = await eventually('the deletion', () =>
      eventsOf(setting.subscriber.received, 'entrance').find(({ operation }) => operation === 'deleted'),
    );
    const names = [axisTopic(port.axis[0]), onvifTopic(port.onvif[0])];
    for (const name of names) {
      const { properties } = await message(setting, name, '');
      assert.equal(properties?.userProperties?.['id'], deleted.id);
      const payloads = setting.subscriber.on(name).map(({ payload }) => payload);
      assert.equal(payloads.length, 2, `the state and its end: ${payloads}`);
    }
    const kept = await retained(setting.broker);
    for (const name of names) assert.ok(!kept.has(name), name);
  });

  test('the settings of axis', async t => {
    const routes = [{ format: 'axis', axis: { namespaces: false, serialInPayload: true } }];
    const setting = await makeSetting(t, { device: { serial: SERIAL }, config: { routes } });
    setting.program.start();
    await available(setting.subscriber, 'online');
    setting.device.emit(PORT, { source: { port: 1 }, data: { state: true } }, { time: TIME });
    await message(
      setting,
      axisTopic('Device/IO/Port/$source/port/1'),
      `{"topic":"onvif:Device/axis:IO/Port","timestamp":${MS},"serial":"${SERIAL}","message":{"source":{"port":"1"},"key":{},"data":{"state":"1"}}}`,
    );
  });

  test('the connection follows the device, at brokers with a route of axis alone', async t => {
    const other = await startMosquitto(t);
    const setting = await makeSetting(t, { device: { serial: SERIAL } });
    const { config, program, device, subscriber, broker } = setting;
    const elsewhere = await subscribe(t, other.url);
    const routes = [
      { format: 'axis', broker: 'main' },
      { format: 'onvif', broker: 'other' },
    ];
    const both = { main: { url: broker.url }, other: { url: other.url } };
    program.configure({ ...config, brokers: both, routes });
    const first = program.start();
    await available(subscriber, 'online');
    device.drop();
    await wasSaid(subscriber, 'offline', 'CLOSED');
    await available(subscriber, 'online');
    await first.end('SIGTERM');
    const becomes = (...last: unknown[]) =>
      eventually(`${last}`, () => String(connections(setting).at(-1)) === String([SERIAL, ...last]));
    await becomes(false, 'Disconnected');
    const stories = connections(setting).map(([, , description]) => description);
    assert.deepEqual(
      [...new Set(stories)],
      ['Connected', 'Connection Lost', 'Disconnected'],
      'in that order at first',
    );
    assert.match(
      subscriber.payloads(CONNECTION)[0] ?? '',
      /^\{"serialNumber":"ACCC8E012345","connected":true,"description":"Connected","timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dz"\}$/,
    );
    assert.equal((await retained(broker)).get(CONNECTION), subscriber.payloads(CONNECTION).at(-1));

    const second = program.start();
    await becomes(true, 'Connected');
    await second.end('SIGKILL');
    await device.stop();
    program.start();
    await becomes(false, 'Connection Lost');
    program.configure({ ...config, brokers: both, routes, cameras: [] });
    await eventually('it goes with its camera', () => subscriber.payloads(CONNECTION).at(-1) === '');
    await eventually('nothing is retained', async () => !(await retained(broker)).has(CONNECTION));
    assert.ok(!elsewhere.received.some(({ topic }) => topic === CONNECTION));
  });

  test('changed routes move the connection', async t => {
    const setting = await makeSetting(t, {
      device: { serial: SERIAL },
      config: { routes: [{ format: 'axis' }] },
    });
    const { config, program, subscriber } = setting;
    program.start();
    await eventually('connected', () => connections(setting).at(-1)?.[1] === true);
    const topic = 'site/{device}/event/{axisTopic}';
    program.configure({ ...config, routes: [{ format: 'axis', topic }] });
    await eventually(
      'there',
      () => connections(setting, 'site/entrance/event/connection').at(-1)?.[1] === true,
    );
    await eventually('not here', () => subscriber.payloads(CONNECTION).at(-1) === '');
  });
});
