// What a route says of its format and of what its brokers may know.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CAMERA, config, problems } from './helper.ts';

const KEY = 'a key that nobody guesses';
const HASH = 'fields: [{name: text, do: hash}]';

function route(text: string): string {
  return `${CAMERA}routes: [{${text}}]\n`;
}

describe('formats', () => {
  for (const [format, topic] of [
    ['axis', 'axis/{serial}/event/{axisTopic}'],
    ['onvif', '{base}/{device}/onvif-ej/{onvifTopic}'],
  ]) {
    test(`${format} has its own default topic`, async () => {
      const { routes } = await config(route(`format: ${format}`));
      assert.deepEqual([routes[0]?.format, routes[0]?.topic], [format, topic]);
    });
  }

  test('the settings of axis are those of the file, the others their defaults', async () => {
    const { routes } = await config(route('format: axis, axis: {serialInPayload: true}'));
    assert.deepEqual(routes[0]?.axis, { namespaces: true, serialInPayload: true });
    const found = await problems(route('axis: {namespace: false}'));
    assert.match(found.join(), /routes\[0\]\.axis\.namespace: .*did you mean `namespaces`/);
  });
});

describe('field rules of a route', () => {
  test('are complete, and the key is a secret', async () => {
    const fields =
      'fields: [{name: lpImage, over: 1KiB, do: cut, topic: "**/Plates"}, {name: text, do: hash}]';
    const text = route(`${fields}, hashKey: "${KEY}"`);
    const { routes } = await config(text);
    assert.deepEqual(routes[0]?.fields, [
      { topic: '**/Plates', name: 'lpImage', over: 1024, do: 'cut' },
      { topic: '**', name: 'text', over: 0, do: 'hash' },
    ]);
    assert.equal(routes[0]?.hashKey?.reveal(), KEY);
    assert.ok(!JSON.stringify(routes).includes(KEY));
  });

  test('take the key from a file, relative to the configuration', async () => {
    const files = { '/etc/bridge/secrets/hash': `${KEY}\n` };
    const { routes } = await config(route(`${HASH}, hashKeyFile: secrets/hash`), { files });
    assert.equal(routes[0]?.hashKey?.reveal(), KEY);
  });

  const rows: [what: string, text: string, problem: RegExp][] = [
    ['hash without a key', HASH, /routes\[0\]\.fields\[0\]\.do: needs `hashKey`/],
    ['have a key twice', `${HASH}, hashKey: k, hashKeyFile: f`, /hashKeyFile: stands beside `hashKey`/],
    ['have a key in a file that is missing', `${HASH}, hashKeyFile: f`, /hashKeyFile: .*does not exist/],
    ['do something else', 'fields: [{name: text, do: keep}]', /fields\[0\]\.do: must be one of/],
    ['have no name', 'fields: [{do: drop}]', /fields\[0\]\.name: is required/],
  ];
  for (const [what, text, problem] of rows) {
    test(`that ${what} are one problem`, async () => {
      const found = await problems(route(text));
      const own = found.filter(line => problem.test(line));
      assert.equal(own.length, 1, found.join('\n'));
    });
  }
});

describe('match.data', () => {
  test('keeps values as they are written, and retains nothing', async () => {
    const { routes } = await config(route('match: {data: {active: true, count: 3, text: "3", none: null}}'));
    assert.deepEqual(routes[0]?.match.data, { active: true, count: 3, text: '3', none: null });
    assert.equal(routes[0]?.retain, 'none');
  });

  test('with a retained state is a problem, with retained pulses none', async () => {
    const found = await problems(route('match: {data: {active: true}}, retain: property'));
    assert.match(found.join(), /routes\[0\]\.retain: would keep states that are over/);
    const { routes } = await config(route('match: {kind: event, data: {active: true}}, retain: all'));
    assert.equal(routes[0]?.retain, 'all');
  });

  test('takes single values only', async () => {
    assert.match((await problems(route('match: {data: {a: [1]}}'))).join(), /must be one value/);
  });
});

test('patterns have the one spelling that topics have', async () => {
  const { cameras, routes, triggers } = await config(`cameras:
  - {host: 192.0.2.10, username: bridge, password: pw, events: {include: ["tns1:A/tns1:B"], exclude: ["tns1:A/tns1:C/**"]}}
routes: [{match: {topic: "tns1:A/tns1:B"}, fields: [{topic: "tns1:A/tns1:B", name: text, do: drop}]}]
triggers: [{name: t, on: {topic: "tns1:A/tns1:B"}, do: [{publish: {topic: x, payload: y}}]}]
`);
  assert.deepEqual(cameras[0]?.events.include, ['tns1:A/B']);
  assert.deepEqual(cameras[0]?.events.exclude, ['tns1:A/C/**']);
  assert.equal(routes[0]?.match.topic, 'tns1:A/B');
  assert.equal(routes[0]?.fields[0]?.topic, 'tns1:A/B');
  const hears = triggers[0]?.hears;
  assert.ok(hears !== undefined && 'topic' in hears);
  assert.equal(hears.topic, 'tns1:A/B');
});
