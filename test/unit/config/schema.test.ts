// What is published beside the program: the JSON Schema and the two example files.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { loadConfig } from '../../../src/config/load.ts';
import { formatProblems } from '../../../src/config/problem.ts';
import { isSame } from '../../../src/config/same.ts';
import { jsonSchema } from '../../../src/config/schema/file.ts';
import { config, load } from './helper.ts';

const FOLDER = new URL('../../../config/', import.meta.url);
const EXAMPLE = await readFile(new URL('axis2mqtt.example.yaml', FOLDER), 'utf8');
const ENV = Object.fromEntries(
  ['AXIS_PASSWORD', 'MQTT_PASSWORD', 'BROKER_TOKEN', 'ENTRANCE_PASSWORD', 'ONVIF_PASSWORD', 'HASH_KEY'].map(
    name => [name, 'pw'],
  ),
);

interface JsonSchema {
  description?: string;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | false;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
}

/** Every key of a schema with its path, those in lists and named entries too. */
function* keysOf(schema: JsonSchema, path = ''): Generator<[string, JsonSchema]> {
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema;
  for (const [key, value] of Object.entries(properties)) {
    yield [`${path}.${key}`, value];
    yield* keysOf(value, `${path}.${key}`);
  }
  for (const inner of [additionalProperties, items, ...anyOf]) if (inner) yield* keysOf(inner, path);
}

describe('the JSON Schema', () => {
  const schema: JsonSchema = jsonSchema();

  test('in config/ is the one that the program makes', async () => {
    const published: unknown = JSON.parse(await readFile(new URL('axis2mqtt.schema.json', FOLDER), 'utf8'));
    const advice = 'out of date: run `node dist/main.js schema > config/axis2mqtt.schema.json`';
    assert.ok(isSame(published, JSON.parse(JSON.stringify(schema))), advice);
  });

  test('describes every key, and allows no other', () => {
    const keys = [...keysOf(schema)];
    assert.ok(keys.length > 80);
    for (const [path, key] of keys) {
      assert.ok(key.description, `${path} has no description`);
      if (key.properties) assert.equal(key.additionalProperties, false, `${path} allows any key`);
    }
  });

  test('says the defaults that the program has', async () => {
    const { bridge, http, log, cameras, brokers, routes, actions, homeAssistant } = await config(
      'cameras: [{host: h, username: u, password: p}]',
    );
    const entries = {
      bridge,
      homeAssistant,
      actions,
      http,
      log,
      defaults: cameras[0],
      cameras: cameras[0],
      brokers: brokers[0],
      routes: routes[0],
    };
    const compared = [...keysOf(schema)].filter(([, key]) => key.default !== undefined);
    assert.ok(compared.length > 30);
    for (const [path, key] of compared) {
      const real = path
        .split('.')
        .slice(1)
        .reduce((at: unknown, step) => Object(at)[step], entries);
      const inMs =
        { '1GiB': 2 ** 30, '7d': 7 * 86_400_000, '10s': 10_000 }[String(key.default)] ?? key.default;
      const isOptional = /tls\.insecure$|^\.triggers|^\.brokers\.insecure$|\.fields\.|\.poll\.publish$/.test(
        path,
      );
      if (!isOptional) assert.deepEqual(real, inMs, path);
    }
  });

  test(`lets \${ENV} stand wherever there is no free text`, () => {
    for (const [path, key] of keysOf(schema)) {
      const text = JSON.stringify(key);
      const isBound = key.anyOf?.some(form => 'enum' in form || 'minimum' in form);
      if (isBound) assert.ok(text.includes('\\\\$\\\\{'), path);
    }
  });
});

describe('the example', () => {
  test('is the defaults, written out', async () => {
    const example = await config(EXAMPLE, { env: ENV });
    const bare = await config(
      `cameras: [{id: entrance, host: 192.0.2.10, username: bridge, password: "\${AXIS_PASSWORD}"}]`,
      { env: ENV },
    );
    assert.deepEqual(JSON.parse(JSON.stringify(example)), JSON.parse(JSON.stringify(bare)));
    assert.ok(isSame(example, bare));
  });

  test('shows every key that there is', () => {
    for (const [path] of keysOf(jsonSchema())) {
      const key = path.split('.').at(-1);
      assert.match(EXAMPLE, new RegExp(`\\b${key}:`), `${path} is missing`);
    }
  });

  test('is right in what it has commented out, too', async () => {
    const text = EXAMPLE.replaceAll(/^( *)#((?: {2,})?(?:\w+:|- ).*)$/gm, '$1$2')
      .replace('poll: []', 'poll:')
      .replaceAll('fields: []', 'fields:')
      .replace('triggers: []', 'triggers:')
      .replaceAll('3C:4F:…', 'ab'.repeat(32));
    const result = await load(text, { env: ENV });
    assert.ok(!result.ok);
    const told = result.problems.map(problem => `${problem.path} ${problem.message}`);
    const rest = told.filter(
      line =>
        !/not in this version|does not exist|stands beside|does no TLS|keep states that are over/.test(line),
    );
    assert.deepEqual(rest, []);
    assert.ok(
      told.some(line => line.startsWith('triggers')),
      'was it uncommented?',
    );
  });
});

for (const name of ['axis2mqtt.example.yaml', 'minimal.yaml']) {
  test(`config/${name} loads as it is, and names the schema for editors`, async () => {
    const file = new URL(name, FOLDER).pathname;
    const result = await loadConfig({ file, env: ENV });
    assert.ok(result.ok, result.ok ? '' : formatProblems(result.problems));
    assert.deepEqual(result.warnings, []);
    const [first] = (await readFile(file, 'utf8')).split('\n');
    assert.equal(first, '# yaml-language-server: $schema=./axis2mqtt.schema.json');
  });
}
