// What is published beside the program for those who read its messages.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { writeYaml } from '../../../src/config/yaml/write.ts';
import { asyncApi } from '../../../src/published/asyncapi.ts';
import { payloadsSchema } from '../../../src/published/schema.ts';
import { createJudge } from '../../support/payloads.ts';

const FOLDER = new URL('../../../config/', import.meta.url);

const EVENT = {
  id: 'b7c0b7c0b7c0b7c0b7c0b7c0b7c0b7c0',
  seq: 4711,
  device: 'entrance',
  serial: 'ACCC8E012345',
  topic: 'tns1:Device/tnsaxis:IO/Port',
  kind: 'property',
  operation: 'changed',
  source: { port: 1 },
  key: {},
  data: { state: true },
  active: true,
  time: '2026-11-22T08:00:00.123456Z',
  received: '2026-11-22T08:00:00.131Z',
  labels: { site: 'lund' },
};

test('config/payloads.schema.json is the one that the program makes', async () => {
  const published = await readFile(new URL('payloads.schema.json', FOLDER), 'utf8');
  const advice = 'out of date: run `node dist/main.js schema --payloads > config/payloads.schema.json`';
  assert.ok(published === `${JSON.stringify(payloadsSchema(), null, 2)}\n`, advice);
});

test('config/asyncapi.yaml is the one that the program makes', async () => {
  const published = await readFile(new URL('asyncapi.yaml', FOLDER), 'utf8');
  const advice = 'out of date: run `node dist/main.js schema --asyncapi > config/asyncapi.yaml`';
  assert.ok(published === writeYaml(asyncApi()), advice);
});

describe('the schema of the payloads', () => {
  test('is a valid one of draft 2020-12', () => {
    const ajv = new Ajv2020({ validateFormats: false });
    for (const strict of [false, true]) assert.equal(ajv.validateSchema(payloadsSchema({ strict })), true);
  });

  const judge = createJudge();
  const rows: [what: string, change: object, complaint: RegExp | undefined][] = [
    ['takes an event', {}, undefined],
    [
      'takes a pulse without operation and time',
      { kind: 'event', operation: undefined, time: null },
      undefined,
    ],
    [
      'takes nested values, arrays and odd names',
      { data: { a: [1, { '@b': 'x' }], 'c/d': null } },
      undefined,
    ],
    ['takes members of a later version', { tomorrow: 1 }, undefined],
    ['refuses another operation', { operation: 'added' }, /operation/],
    ['refuses an event without its id', { id: undefined }, /'id'/],
    ['refuses a number as text', { seq: '1' }, /seq must be integer/],
  ];
  for (const [what, change, complaint] of rows) {
    test(what, () => {
      const found = judge.complaint('event', JSON.parse(JSON.stringify({ ...EVENT, ...change })));
      if (complaint === undefined) assert.equal(found, undefined);
      else assert.match(found ?? 'nothing', complaint);
    });
  }

  test('refuses a member that it does not know only where it is strict', () => {
    const more = { ...EVENT, tomorrow: 1 };
    assert.match(createJudge({ strict: true }).complaint('event', more) ?? '', /additional properties/);
    assert.equal(createJudge({ strict: true }).complaint('event', EVENT), undefined);
  });
});

describe('the AsyncAPI document', () => {
  test('refers only to what there is', () => {
    const document = asyncApi();
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)#\/([^"]*)"/g)];
    assert.ok(refs.length > 40);
    for (const [, file, path = ''] of refs) {
      const root: unknown = file === '' ? document : payloadsSchema();
      const found = path.split('/').reduce((at: unknown, step) => Object(at)[step], root);
      assert.ok(found, `${file}#/${path}`);
    }
  });

  test('describes every parameter of every address', () => {
    const { channels } = asyncApi() as { channels: Record<string, { parameters: Record<string, object> }> };
    for (const [name, { parameters }] of Object.entries(channels)) {
      for (const [parameter, described] of Object.entries(parameters))
        assert.ok(described !== undefined && 'description' in described, `${name}: ${parameter}`);
    }
  });

  test('knows each topic as one of its channels', () => {
    const { channelsOf } = createJudge();
    const rows = {
      'axis2mqtt/entrance/event/Device/IO/Port/port=1': 'event',
      'axis2mqtt/entrance/reading/io': 'reading',
      'axis2mqtt/entrance/reading/storage/SD_DISK': 'reading',
      'axis2mqtt/bridge/main/health': 'bridgeHealth',
      'axis/ACCC8E012345/event/tns:onvif/Device/tns:axis/IO/Port/$source/port/1': 'axisEvent',
      'axis/ACCC8E012345/event/connection': 'axisConnection',
      'axis2mqtt/entrance/onvif-ej/RuleEngine/LineDetector/Crossed/&1/2/Fence': 'onvifEvent',
    };
    for (const [topic, channel] of Object.entries(rows))
      assert.deepEqual(channelsOf(topic), [channel], topic);
    assert.deepEqual(channelsOf('axis2mqtt/entrance/other'), []);
  });
});
