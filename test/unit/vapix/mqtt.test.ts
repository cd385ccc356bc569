import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secret } from '../../../src/util/secret.ts';
import { configureMqttClient, decodeMqttClient, fetchMqttClient } from '../../../src/vapix/mqtt-client.ts';
import { configurePublication, decodePublication } from '../../../src/vapix/mqtt-events.ts';
import { startHttpDevice } from '../../support/http-device.ts';
import { connect } from './helper.ts';

function answer(status: object, config: object = {}): string {
  return JSON.stringify({ apiVersion: '1.0', method: 'getClientStatus', data: { status, config } });
}

test('decodeMqttClient reads every spelling of the states', () => {
  for (const [connectionStatus, connected] of [
    ['connected', true],
    ['Connected', true],
    ['disconnected', false],
    ['not connected', false],
    ['Not Connected', false],
    [undefined, false],
  ])
    assert.equal(decodeMqttClient(answer({ state: 'Active', connectionStatus })).connected, connected);
  assert.equal(decodeMqttClient(answer({ state: 'Active' })).active, true);
  assert.equal(decodeMqttClient(answer({ state: 'inactive' })).active, false);
});

test('decodeMqttClient gives the broker with its default port, keeps all else, and no password', () => {
  const config = {
    server: { protocol: 'SSL', host: 'b', alpnProtocol: 'x' },
    deviceTopicPrefix: 'axis/1',
    password: 'canary',
    httpProxy: { password: 'canary', host: 'p' },
    future: [1],
  };
  const { server, prefix, config: kept } = decodeMqttClient(answer({}, config));
  assert.deepEqual(server, { protocol: 'ssl', host: 'b', port: 8883, basepath: '' });
  assert.equal(prefix, 'axis/1');
  assert.deepEqual(kept['future'], [1]);
  assert.deepEqual(kept['httpProxy'], { host: 'p' });
  assert.doesNotMatch(JSON.stringify(kept), /canary/);
});

test('what makes no sense is nothing, and never an error', () => {
  for (const data of [
    {},
    { status: 7, config: 'x' },
    { config: { server: [] } },
    { config: { server: null } },
  ]) {
    const { active, server } = decodeMqttClient(JSON.stringify({ data }));
    assert.deepEqual([active, server.host], [false, '']);
  }
  const list = {
    eventFilterList: [null, 7, {}, { topicFilter: 1 }, { topicFilter: '' }, { topicFilter: '//.' }],
  };
  const { filters } = decodePublication(JSON.stringify({ data: { eventPublicationConfig: list } }));
  assert.deepEqual(filters, [{ topicFilter: '//.' }]);
  assert.deepEqual(decodePublication('{"data":{}}').filters, []);
});

test('the custom prefix counts only where it is in use', () => {
  const read = (config: object) =>
    decodePublication(JSON.stringify({ data: { eventPublicationConfig: config } })).customPrefix;
  assert.equal(read({ topicPrefix: 'custom', customTopicPrefix: 'x' }), 'x');
  assert.equal(read({ topicPrefix: 'default', customTopicPrefix: 'x' }), '');
});

test('configureMqttClient has the device keep its password unless it is given one, and shows none in errors', async t => {
  const device = await startHttpDevice(t, ({ body }, response) => {
    const { params } = JSON.parse(body);
    const error = { code: 1000, message: `bad ${params.password}` };
    response.end(JSON.stringify(params.password === undefined ? { data: {} } : { error }));
  });
  const client = connect(t, device.address);
  await configureMqttClient(client, { clientId: 'a' });
  const sent = JSON.parse(device.seen[0]?.body ?? '');
  assert.deepEqual(
    [sent.method, sent.params],
    ['configureClient', { clientId: 'a', keepExistingPassword: true }],
  );
  await assert.rejects(configureMqttClient(client, {}, { password: secret('canary') }), (error: Error) => {
    assert.doesNotMatch(error.message + String(error.stack), /canary/);
    return error.name === 'REFUSED';
  });
  assert.equal(JSON.parse(device.seen[1]?.body ?? '').params.password, 'canary');
});

test('the calls name their API and method', async t => {
  const device = await startHttpDevice(t, (_request, response) => void response.end('{"data":{}}'));
  const client = connect(t, device.address);
  await fetchMqttClient(client);
  await configurePublication(client, { eventFilterList: [] });
  const calls = device.seen.map(({ url, body }) => [url, JSON.parse(body ?? '').method]);
  assert.deepEqual(calls, [
    ['/axis-cgi/mqtt/client.cgi', 'getClientStatus'],
    ['/axis-cgi/mqtt/event.cgi', 'configureEventPublication'],
  ]);
});
