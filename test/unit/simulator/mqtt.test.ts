// The simulated device's own MQTT client: what it would publish, and what its APIs tell and take (PROTOCOLS 5).
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Publication, publicationsOf } from '../../../src/simulator/mqtt/message.ts';
import { createMqttState } from '../../../src/simulator/mqtt/state.ts';
import { createDevice } from '../../../src/simulator/simulator.ts';

const SERIAL = 'B8A44F000001';
const PORT = {
  topic: 'tns1:Device/tnsaxis:IO/Port',
  time: '2026-07-29T11:39:10.144123Z',
  operation: 'changed' as const,
  source: [['port', '1'] as const],
  key: [],
  data: [['state', '0'] as const],
};
const { operation: _, ...PULSE } = PORT;

function publish(
  publication: Record<string, unknown>,
  message: typeof PORT | typeof PULSE = PORT,
): Publication[] {
  const list = { eventFilterList: [{ topicFilter: '//.' }], ...publication };
  return publicationsOf(message, createMqttState(SERIAL, { publication: list }), SERIAL);
}

describe('a publication', () => {
  test('is topic and payload as devices write them', () => {
    assert.deepEqual(publish({}), [
      {
        topic: `axis/${SERIAL}/event/tns:onvif/Device/tns:axis/IO/Port/$source/port/1`,
        payload:
          '{"topic":"onvif:Device/axis:IO/Port","timestamp":1785325150144,"message":{"source":{"port":"1"},"key":{},"data":{"state":"0"}}}',
        qos: 0,
        retain: false,
      },
    ]);
  });

  test('follows the options of topic and payload', () => {
    const topicOf = (publication: object) => publish({ ...publication })[0]?.topic;
    assert.equal(topicOf({ appendEventTopic: false }), `axis/${SERIAL}/event`);
    assert.equal(
      topicOf({ includeTopicNamespaces: false }),
      `axis/${SERIAL}/event/Device/IO/Port/$source/port/1`,
    );
    const custom = { topicPrefix: 'custom', customTopicPrefix: 'a/b', appendEventTopic: false };
    assert.equal(topicOf(custom), 'a/b/event');
    assert.equal(
      JSON.parse(publish({ includeSerialNumberInPayload: true })[0]?.payload ?? '').serial,
      SERIAL,
    );
  });

  test('comes once for each filter that lets it through, with that one’s QoS', () => {
    const eventFilterList = [
      { topicFilter: 'onvif:Device//.', qos: 1 },
      { topicFilter: 'axis:Storage//.' },
      { topicFilter: 'onvif:Device/axis:IO/Port', qos: 2 },
    ];
    assert.deepEqual(
      publish({ eventFilterList }).map(({ qos }) => qos),
      [1, 2],
    );
  });

  test('is retained as its filter says: none, states alone, or all', () => {
    const retained = (retain: string, message: typeof PORT | typeof PULSE) =>
      publish({ eventFilterList: [{ topicFilter: '//.', retain }] }, message)[0]?.retain;
    assert.deepEqual(
      ['none', 'property', 'all'].map(retain => [retained(retain, PORT), retained(retain, PULSE)]),
      [
        [false, false],
        [true, false],
        [true, true],
      ],
    );
  });
});

describe('the APIs', () => {
  async function start(t: TestContext) {
    const device = createDevice({ auth: { http: { schemes: [] } } });
    t.after(() => device.stop());
    const { httpPort } = await device.start();
    return async (api: string, method: string, params: object = {}) => {
      const body = JSON.stringify({ apiVersion: '1.0', method, params });
      const url = `http://127.0.0.1:${httpPort}/axis-cgi/mqtt/${api}.cgi`;
      const answer = (await (await fetch(url, { method: 'POST', body })).json()) as {
        data?: Record<string, Record<string, unknown>>;
        error?: { code: number };
      };
      return answer;
    };
  }

  test('give out what they were told, and never the password', async t => {
    const call = await start(t);
    const server = { protocol: 'tcp', host: '127.0.0.1', port: 1 };
    await call('client', 'configureClient', { server, username: 'a', password: 'canary' });
    await call('client', 'activateClient');
    const { data } = await call('client', 'getClientStatus');
    assert.deepEqual(data?.['status'], { state: 'active', connectionStatus: 'disconnected' });
    assert.deepEqual(data?.['config']?.['server'], server);
    assert.doesNotMatch(JSON.stringify(data), /canary|assword/);
  });

  test('replace the whole list, and refuse one that cannot be read', async t => {
    const call = await start(t);
    const list = async () => {
      const { data } = await call('event', 'getEventPublicationConfig');
      return data?.['eventPublicationConfig']?.['eventFilterList'];
    };
    assert.deepEqual(await list(), []);
    await call('event', 'configureEventPublication', { eventFilterList: [{ topicFilter: '//.' }] });
    const filter = { topicFilter: 'axis:Storage//.', qos: 1, retain: 'all' };
    await call('event', 'configureEventPublication', { eventFilterList: [filter] });
    assert.deepEqual(await list(), [{ ...filter }]);
    for (const bad of [
      { topicFilter: '///' },
      { topicFilter: '//.', qos: 3 },
      { topicFilter: '//.', retain: 'x' },
      7,
    ])
      assert.ok((await call('event', 'configureEventPublication', { eventFilterList: [bad] })).error);
    assert.deepEqual(await list(), [{ ...filter }]);
  });
});
