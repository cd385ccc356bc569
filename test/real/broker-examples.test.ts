// The examples of config/brokers/: each loads, and says nothing that its service does not take (its documented limits).
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/types.ts';
import type { CameraEvent, Item, Occurrence, Values } from '../../src/event.ts';
import type { Publication } from '../../src/routing/publication.ts';
import { createRouter } from '../../src/routing/router.ts';
import { DEFAULT_TOPICS } from '../../src/simulator/catalogue.ts';
import { EXAMPLES, readExample } from '../support/broker-example.ts';
import { makeCertificates } from '../support/certificates.ts';
import { need } from '../support/need.ts';

interface Limits {
  /** Bytes of a topic, slashes in it, bytes of a payload. */
  topic: number;
  slashes: number;
  payload: number;
  qos: 0 | 1 | 2;
  versions: readonly (4 | 5)[];
  clientId: number;
  /** What a topic has to begin with to reach the service at all. */
  only?: string;
  tls: boolean;
}

const KB = 1024;
const BOTH = [4, 5] as const;

// biome-ignore format: a table reads by rows
const LIMITS: Readonly<Record<string, Limits>> = {
  mosquitto:          { topic: 65_535, slashes: 200, payload: 268_435_455, qos: 2, versions: BOTH, clientId: 65_535, tls: true },
  hivemq:             { topic: 65_535, slashes: 65_535, payload: 268_435_460, qos: 2, versions: BOTH, clientId: 65_535, tls: true },
  emqx:               { topic: 65_535, slashes: 127, payload: 1000 * KB, qos: 2, versions: BOTH, clientId: 65_535, tls: true },
  'aws-iot-core':     { topic: 256, slashes: 7, payload: 128 * KB, qos: 1, versions: BOTH, clientId: 128, tls: true },
  'azure-iot-hub':    { topic: 65_535, slashes: 4, payload: 256 * KB, qos: 1, versions: [4], clientId: 128, tls: false, only: 'devices/axis2mqtt/messages/events/' },
  'azure-event-grid': { topic: 256, slashes: 14, payload: 64 * KB, qos: 1, versions: BOTH, clientId: 128, tls: true },
  rabbitmq:           { topic: 255, slashes: 254, payload: 128 * 1024 * KB, qos: 1, versions: BOTH, clientId: 65_535, tls: false },
  'node-red-aedes':   { topic: 65_535, slashes: 65_535, payload: 268_435_455, qos: 2, versions: [4], clientId: 65_535, tls: false },
};

const ENV = { AXIS_PASSWORD: 'p', MQTT_PASSWORD: 'p', HIVEMQ_PASSWORD: 'p', EMQX_PASSWORD: 'p' };

/** Loads an example, changed in places; whatever certificate it names is one. */
async function load(t: TestContext, name: string, changes: Record<string, string> = {}): Promise<Config> {
  const { client } = makeCertificates(t);
  const result = await loadConfig({
    file: join(EXAMPLES, name, 'axis2mqtt.yaml'),
    env: ENV,
    async readFile(path) {
      if (basename(path) === 'axis2mqtt.yaml')
        return Buffer.from(readExample(`${name}/axis2mqtt.yaml`, changes));
      return Buffer.from(path.endsWith('.key') ? client.key.text : client.cert.text);
    },
  });
  assert.ok(result.ok, JSON.stringify(result.ok ? '' : result.problems));
  assert.deepEqual(result.warnings, []);
  return result.config;
}

/** The events of fixtures/, of what a camera usually declares, and one of more sources than most. */
function occurrences(): Occurrence[] {
  const declared = DEFAULT_TOPICS.flatMap(({ topic, property, initial }) =>
    (initial.length > 0 ? initial : [{ source: {}, data: {} }]).map(({ source, data }) =>
      occurrenceOf({
        topic,
        kind: property ? 'property' : 'event',
        source: source as Values,
        data: data as Values,
      }),
    ),
  );
  const tokens = {
    VideoSourceConfigurationToken: 'VideoSource0',
    VideoAnalyticsConfigurationToken: 'Analytics0',
  };
  const motion = occurrenceOf({
    topic: 'tns1:RuleEngine/CellMotionDetector/Motion',
    kind: 'property',
    source: { ...tokens, Rule: 'MyMotionDetectorRule' },
    data: { IsMotion: true },
  });
  return [...fixtures(), ...declared, motion];
}

function fixtures(): Occurrence[] {
  const folder = new URL('../../fixtures/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    name => name.endsWith('expected.json') && !name.startsWith('declarations'),
  );
  const expected = files.flatMap(name => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
  return expected.filter(({ topic }) => typeof topic === 'string').map(occurrenceOf);
}

function occurrenceOf(parts: Partial<CameraEvent> & Pick<CameraEvent, 'topic' | 'kind'>): Occurrence {
  const { source = {}, key = {}, data = {}, topic } = parts;
  const items = (values: Values): Item[] =>
    Object.entries(values).map(([name, value]) => ({ name, value: textOf(value) }));
  const rest = { id: '0'.repeat(32), device: 'entrance', serial: 'ACCC8E000001', time: null, labels: {} };
  const event = { ...rest, received: '2026-11-22T08:00:00.131Z', ...parts, source, key, data } as CameraEvent;
  return { event, said: { topic, time: null, source: items(source), key: items(key), data: items(data) } };
}

function textOf(value: Item['value']): Item['value'] {
  return typeof value === 'object' ? value : String(value);
}

function publications({ bridge, routes }: Config): Publication[] {
  const route = createRouter({ base: bridge.baseTopic, bridge: bridge.id, routes });
  return occurrences().flatMap(route({ id: 'entrance', labels: {} }));
}

/** The topics that no route makes (DESIGN 3.1). */
function presentTopics({ bridge: { baseTopic, id } }: Config): string[] {
  const ofDevice = ['availability', 'info', 'gap', 'reading/object-analytics/Device1Scenario1'];
  const ofBridge = ['state', 'info', 'health'].map(name => `${baseTopic}/bridge/${id}/${name}`);
  return [...ofDevice.map(name => `${baseTopic}/entrance/${name}`), ...ofBridge];
}

test('there are limits for each example, and an example for each service', () => {
  const folders = readdirSync(EXAMPLES).toSorted();
  assert.deepEqual(folders, Object.keys(LIMITS).toSorted());
});

describe('an example stays within the limits of its service', need('openssl'), () => {
  for (const [name, limits] of Object.entries(LIMITS)) {
    test(name, async t => {
      const config = await load(t, name);
      const reaches = (topic: string) => topic.startsWith(limits.only ?? '');
      const sent = publications(config).filter(({ topic }) => reaches(topic));
      assert.ok(sent.length > 30, `${sent.length} messages`);
      for (const { topic, qos, render } of sent) {
        assert.ok(qos <= limits.qos, `QoS ${qos}`);
        assert.ok(Buffer.byteLength(render(1)) <= limits.payload, topic);
      }
      for (const topic of [...sent.map(({ topic }) => topic), ...presentTopics(config).filter(reaches)]) {
        assert.ok(Buffer.byteLength(topic) <= limits.topic, topic);
        assert.ok(topic.split('/').length - 1 <= limits.slashes, topic);
      }
      const [broker] = config.brokers;
      assert.ok(broker !== undefined && Buffer.byteLength(broker.clientId) <= limits.clientId);
      assert.equal(
        broker.urls.every(url => url.startsWith('mqtts://')),
        limits.tls,
      );
      // Of IoT Hub it is mosquitto that speaks to the service: its bridge.conf says the version.
      const version = limits.only === undefined ? broker.protocolVersion : 4;
      assert.ok(version === 'auto' ? limits.versions.includes(4) : limits.versions.includes(version));
    });
  }

  test('the default topic would not: that is why AWS IoT Core has another', async t => {
    const config = await load(t, 'mosquitto');
    const slashes = publications(config).map(({ topic }) => topic.split('/').length - 1);
    assert.ok(Math.max(...slashes) > 7);
  });
});

test('what was not run says so in its first lines, and what a test runs says that', () => {
  const run = ['mosquitto', 'azure-iot-hub', 'rabbitmq', 'node-red-aedes'];
  for (const name of Object.keys(LIMITS)) {
    const head = readExample(`${name}/axis2mqtt.yaml`)
      .split('\n')
      .slice(0, 6)
      .join(' ')
      .replaceAll('\n#', '');
    assert.match(head, run.includes(name) ? /A test runs|a test runs/ : /NOT RUN/, name);
  }
});

test('AWS IoT Core on port 443, as the example says it, loads', need('openssl'), async t => {
  const changes = { 'amazonaws.com:8883': 'amazonaws.com:443', 'tls: {': 'tls: {alpn: x-amzn-mqtt-ca, ' };
  const config = await load(t, 'aws-iot-core', changes);
  assert.match(config.brokers[0]?.urls[0] ?? '', /:443$/);
  assert.deepEqual(config.brokers[0]?.tls.alpn, ['x-amzn-mqtt-ca']);
});

test(
  'the policy for AWS IoT Core allows what is published, and reading the bridge’s own state',
  need('openssl'),
  async t => {
    const config = await load(t, 'aws-iot-core');
    const { Statement } = JSON.parse(readExample('aws-iot-core/policy.json'));
    const allows = (action: string, kind: string, name: string) =>
      Statement.some(({ Action, Resource }: { Action: string | string[]; Resource: string | string[] }) => {
        if (![Action].flat().includes(action)) return false;
        return [Resource].flat().some(resource => {
          const [, pattern = ''] = resource.split(`:${kind}/`);
          return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
        });
      });
    const topics = [...publications(config).map(({ topic }) => topic), ...presentTopics(config)];
    for (const topic of topics) {
      assert.ok(allows('iot:Publish', 'topic', topic), topic);
      assert.ok(allows('iot:RetainPublish', 'topic', topic), topic);
    }
    const own = `${config.bridge.baseTopic}/bridge/${config.bridge.id}/checkpoint`;
    assert.ok(allows('iot:Subscribe', 'topicfilter', own) && allows('iot:Receive', 'topic', own));
    assert.ok(allows('iot:Connect', 'client', config.brokers[0]?.clientId ?? ''));
    assert.ok(!allows('iot:Publish', 'topic', 'elsewhere'));
  },
);
