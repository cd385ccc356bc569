import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Item, Notification } from '../../../src/event.ts';
import { findTopic, readJsonNotification } from '../../../src/protocol/json-notification.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';

const read = (text: string): Notification => readJsonNotification(JSON.parse(text));

/** A notification of the fixed topic whose data are this JSON text. */
const readData = (data: string): Item[] => read(`{"topic":"tns1:A","message":{"data":${data}}}`).data;

test('a notification of the WebSocket stream is read whole', () => {
  const text = `{"timestamp":1639385866198,"topic":"tns1:Device/tnsaxis:IO/VirtualPort",
    "message":{"source":{"port":"1"},"key":{"rule":"a"},"data":{"state":"0","note":""}}}`;
  assert.deepEqual(read(text), {
    topic: 'tns1:Device/tnsaxis:IO/VirtualPort',
    time: '2021-12-13T08:57:46.198Z',
    source: [{ name: 'port', value: '1' }],
    key: [{ name: 'rule', value: 'a' }],
    data: [
      { name: 'state', value: '0' },
      { name: 'note', value: '' },
    ],
  });
});

describe('the topic has one spelling', () => {
  const cases: [said: string, topic: string][] = [
    ['onvif:Device/axis:IO/Port', 'tns1:Device/tnsaxis:IO/Port'],
    ['tns1:Device/tnsaxis:IO/Port', 'tns1:Device/tnsaxis:IO/Port'],
    ['axis:Plugin/axisonvif/my_onvif:x', 'tnsaxis:Plugin/axisonvif/my_onvif:x'],
    ['acme:Thing/onvif', 'acme:Thing/onvif'],
  ];
  for (const [said, topic] of cases) {
    test(said, () => assert.equal(readJsonNotification({ topic: said, message: {} }).topic, topic));
  }
});

describe('the time of a notification is UTC or none', () => {
  const cases: [timestamp: unknown, time: string | null][] = [
    [0, '1970-01-01T00:00:00.000Z'],
    [1639385866198.7, '2021-12-13T08:57:46.198Z'],
    ['1639385866198', '2021-12-13T08:57:46.198Z'],
    [253_402_300_799_999, '9999-12-31T23:59:59.999Z'],
    [253_402_300_800_000, null],
    [-62_135_596_800_001, null],
    [1e300, null],
    ['99999999999999999999', null],
    ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z'],
    ['2024-01-01T00:00:00.123456z', '2024-01-01T00:00:00.123456Z'],
    ['2024-01-01T01:00:00+01:00', '2024-01-01T00:00:00.000Z'],
    ['2024-01-01T00:00:00', '2024-01-01T00:00:00Z'],
    ['2024-01-01T00:00Z', '2024-01-01T00:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['2026-02-29T00:00:00Z', null],
    ['2024-01-01T24:00:00Z', null],
    ['2024-13-01T00:00:00Z', null],
    ['yesterday', null],
    ['', null],
    [null, null],
    [undefined, null],
    [{ ms: 1 }, null],
  ];
  for (const [timestamp, time] of cases) {
    test(`${JSON.stringify(timestamp)} is ${time}`, () =>
      assert.equal(readJsonNotification({ topic: 'tns1:A', timestamp, message: {} }).time, time));
  }
});

describe('every item is kept', () => {
  test('in the order of the text, whatever it is called', () => {
    const names = ['b', '__proto__', 'a', 'constructor', '', 'totalMotorcycle/bicycle'];
    const json = `{${names.map(name => `${JSON.stringify(name)}:"1"`).join()}}`;
    assert.deepEqual(
      readData(json).map(({ name }) => name),
      names,
    );
  });

  test('as JSON where it is no text', () => {
    const values = readData('{"n":1.5,"b":true,"z":null,"o":{"__proto__":{"x":[1,"2"]}}}');
    assert.equal(
      JSON.stringify(values.map(({ value }) => value)),
      '[1.5,true,null,{"__proto__":{"x":[1,"2"]}}]',
    );
  });

  test('and a group that is missing is empty', () => {
    for (const message of [{}, { source: null }, { data: {} }, { key: {}, data: null }]) {
      const { source, key, data } = readJsonNotification({ topic: 'tns1:A', message });
      assert.deepEqual([source, key, data], [[], [], []]);
    }
  });

  test('also where the groups stand without a message around them', () => {
    const { source, data, time } = read(
      '{"topic":"tns1:A","timestamp":0,"source":{"a":"1"},"data":{"b":"2"}}',
    );
    assert.deepEqual([source, data], [[{ name: 'a', value: '1' }], [{ name: 'b', value: '2' }]]);
    assert.equal(time, '1970-01-01T00:00:00.000Z');
  });

  test('also where the groups stand beside an empty message', () => {
    const { data } = read('{"topic":"tns1:A","message":{},"data":{"b":"2"}}');
    assert.deepEqual(data, [{ name: 'b', value: '2' }]);
  });

  test('of ONVIF’s onvif-ej, whose topic comes from elsewhere (Core, "Event Broker")', () => {
    const crossed = `{"UtcTime":"2008-10-10T12:24:57.321Z","Source":{"VideoSource":"1","Rule":"Fence"},
      "Data":{"ObjectId":"15","Speed":2.5}}`;
    assert.deepEqual(
      readJsonNotification({ ...JSON.parse(crossed), topic: 'tns1:RuleEngine/LineDetector/Crossed' }),
      {
        topic: 'tns1:RuleEngine/LineDetector/Crossed',
        time: '2008-10-10T12:24:57.321Z',
        source: [
          { name: 'VideoSource', value: '1' },
          { name: 'Rule', value: 'Fence' },
        ],
        key: [],
        data: [
          { name: 'ObjectId', value: '15' },
          { name: 'Speed', value: 2.5 },
        ],
      },
    );
  });
});

describe('nothing is made up: it is refused by name', () => {
  const rows: [json: string, complaint: RegExp][] = [
    ['{}', /has neither message, source, key nor data/],
    ['{"door":"open"}', /has neither message, source, key nor data/],
    ['{"timestamp":1785325150144}', /has neither message, source, key nor data/],
    ['{"message":null}', /has neither message, source, key nor data/],
    ['{"message":{"door":"open"}}', /its message has neither source, key nor data/],
    ['{"message":{"__proto__":{"data":{"state":"1"}}}}', /its message has neither source, key nor data/],
    ['{"message":"open"}', /its message is "open"/],
    ['{"message":[]}', /its message is a list/],
    ['{"message":7,"data":{"state":"1"}}', /its message is 7/],
    ['{"message":{"source":{},"key":{},"data":"open"}}', /the `data` of a notification is "open"/],
    ['{"message":{"source":["1"]}}', /the `source` of a notification is a list/],
    ['{"message":{"key":false}}', /the `key` of a notification is false/],
    ['{"data":"open"}', /the `data` of a notification is "open"/],
    ['{"message":{"source":{},"Data":{"state":"1"}}}', /its message mixes two forms/],
    ['{"Data":1}', /the `Data` of a notification is 1/],
  ];
  for (const [json, message] of rows)
    test(json, () =>
      assert.throws(() => readJsonNotification({ ...JSON.parse(json), topic: 'tns1:A' }), {
        code: 'PROTOCOL',
        message,
      }),
    );
});

describe('no notification', () => {
  for (const value of [
    null,
    'text',
    [],
    {},
    { topic: 7 },
    { topic: ' ' },
    JSON.parse('{"__proto__":{"topic":"tns1:A"}}'),
  ]) {
    test(JSON.stringify(value), () =>
      assert.throws(() => readJsonNotification(value), { code: 'PROTOCOL', message: /without a topic/ }),
    );
  }

  test('items are nested 64 levels at most', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    assert.equal(readData(nested(64)).length, 1);
    assert.throws(() => readData(nested(65)), { code: 'PROTOCOL', message: /deeper than 64/ });
    assert.throws(() => readData(nested(100_000)), { code: 'PROTOCOL' });
  });
});

describe('the topic of a message that cannot be read', () => {
  const rows: [what: string, message: string, topic: string | undefined][] = [
    ['is found', '{"topic":"axis:A/B","message":', 'tnsaxis:A/B'],
    ['at its end, behind what is large', `{"a":"${'x'.repeat(200_000)}","topic" : "onvif:A"}`, 'tns1:A'],
    ['with its slashes escaped', '"topic":"tns1:A\\/B"', 'tns1:A/B'],
    ['is none where it has none', '{"door":"open"}', undefined],
    ['is none where it is blank', '{"topic":" "}', undefined],
    ['is none where it is too long for one', `{"topic":"${'x'.repeat(5000)}"}`, undefined],
  ];
  for (const [what, message, topic] of rows)
    test(what, () => assert.equal(findTopic(Buffer.from(message)), topic));
});

describe('real messages', needCorpus('mqtt'), () => {
  test('of the device’s own MQTT client: topic, time, every item', () => {
    const all = [...readCorpus('mqtt', /\.json$/)].map(([, text]) => read(text));
    assert.deepEqual(
      all.map(({ topic, time }) => [topic, time]),
      [
        ['tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1', '2022-12-08T16:52:26.712Z'],
        ['tns1:Device/tnsaxis:Sensor/PIR', '2020-05-21T07:13:10.230Z'],
        ['tns1:CameraApplicationPlatform/tnsaxis:ObjectAnalytics/Device1Scenario1', null],
      ],
    );
    assert.deepEqual(
      all.map(({ source, key, data }) => [source.length, key.length, data.length]),
      [
        [0, 0, 9],
        [1, 0, 1],
        [1, 0, 2],
      ],
    );
  });

  test('of the WebSocket stream: topic, time, every item', () => {
    for (const [name, text] of readCorpus('ws-events', /(notify|io|ptz|virtualinput)\.json$/)) {
      const { params } = JSON.parse(text);
      if (params.notification === undefined) continue;
      const { topic, time, source, data } = readJsonNotification(params.notification);
      assert.equal(topic, params.notification.topic, name);
      assert.equal(Date.parse(time ?? ''), new Date(params.notification.timestamp).getTime(), name);
      assert.equal(source.length, Object.keys(params.notification.message.source).length, name);
      assert.ok(data.length > 0, name);
    }
  });
});
