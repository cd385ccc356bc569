// The examples of RabbitMQ and of Node-RED's Aedes as they stand in config/brokers/, at those brokers.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { connectAsync, type IClientOptions } from 'mqtt';
import { startEmbedded } from '../../src/mqtt/embedded.ts';
import { secret } from '../../src/util/secret.ts';
import { makeProgram } from '../support/bridge-process.ts';
import { EXAMPLES, PASSWORD, readExample, startExample } from '../support/broker-example.ts';
import { eventually } from '../support/eventually.ts';
import { needRabbit, startRabbit } from '../support/rabbitmq.ts';

const IO_PORT = 'tns1:Device/tnsaxis:IO/Port';
const PLATES = 'tnsaxis:CameraApplicationPlatform/ALPV.AllPlates';
const PORT = 'axis2mqtt/entrance/event/Device/IO/Port/port=1';
const STATE = 'axis2mqtt/bridge/main/state';

interface Seen {
  topic: string;
  payload: string;
  retain: boolean;
}

async function subscribe(t: TestContext, url: string, filters: string[], login: IClientOptions) {
  const client = await connectAsync(url, { protocolVersion: 4, ...login });
  t.after(() => client.endAsync(true));
  const seen: Seen[] = [];
  client.on('message', (topic, payload, { retain }) =>
    seen.push({ topic, payload: payload.toString(), retain }),
  );
  await client.subscribeAsync(filters, { qos: 1 });
  return { seen, find: (test: (message: Seen) => boolean) => eventually(`${test}`, () => seen.find(test)) };
}

const isChange = ({ topic, payload }: Seen) =>
  topic === PORT && /"operation":"changed".*"active":true/.test(payload);

test('the example of RabbitMQ runs there: accounts, events, states, and what its topics do not carry', {
  ...needRabbit(),
  timeout: 240_000,
}, async t => {
  const text = (port: number) =>
    readExample('rabbitmq/rabbitmq.conf', { '0.0.0.0:1883': `127.0.0.1:${port}` });
  const rabbit = await startRabbit(t, { text });
  const words = { MQTT_PASSWORD: 'bridge-word', DASHBOARD_PASSWORD: 'dashboard-word' };
  await rabbit.run('sh', [`${EXAMPLES}rabbitmq/users.sh`], words);
  const login = { username: 'dashboard', password: 'dashboard-word', clientId: 'dashboard-1' };
  const live = await subscribe(t, rabbit.url, ['axis2mqtt/#'], login);
  const changes = { 'rabbitmq.example:1883': `127.0.0.1:${rabbit.port}` };
  const { device, config } = await startExample(t, 'rabbitmq/axis2mqtt.yaml', changes);
  const program = await makeProgram(t, config);
  const run = program.start(undefined, { ...words, AXIS_PASSWORD: PASSWORD });
  await live.find(({ topic, payload }) => topic === STATE && payload.includes('online'));
  await live.find(({ topic }) => topic === PORT);
  device.emit(IO_PORT, { source: { port: 1 }, data: { state: true } });
  await live.find(isChange);
  device.emit(PLATES, { data: { text: 'x' } });
  const plate = await live.find(({ topic }) => topic.includes('AllPlates'));
  assert.equal(plate.topic, 'axis2mqtt/entrance/event/CameraApplicationPlatform/ALPV/AllPlates');
  assert.equal(JSON.parse(plate.payload).topic, PLATES);

  const late = await subscribe(t, rabbit.url, ['axis2mqtt/+/event/#', PORT], {
    ...login,
    clientId: 'dashboard-2',
  });
  assert.ok(isChange(await late.find(({ retain }) => retain)));
  device.emit(IO_PORT, { source: { port: 1 }, data: { state: false } });
  await late.find(({ topic, retain }) => topic === PORT && !retain);
  const kept = late.seen.filter(({ retain }) => retain).map(({ topic }) => topic);
  assert.deepEqual(kept, [PORT], 'a wildcard brings what is retained after all');
  const forger = await connectAsync(rabbit.url, {
    protocolVersion: 4,
    ...login,
    clientId: 'dashboard-3',
    reconnectPeriod: 0,
  });
  const closed = new Promise<void>(resolve => forger.once('close', () => resolve()));
  forger.publish(PORT, 'forged', { qos: 1 }, () => undefined);
  await closed;
  forger.end(true);
  assert.deepEqual(await run.end(), { code: 0, signal: null });
  await live.find(({ topic, payload }) => topic === STATE && payload.includes('offline'));
  assert.ok(!live.seen.some(({ payload }) => payload === 'forged'));
  assert.doesNotMatch(run.stdout, /set aside|BROKER_/);
});

test('the example of Node-RED runs at Aedes: login, events, states', { timeout: 240_000 }, async t => {
  const login = { username: 'bridge', password: 'word' };
  const broker = await startEmbedded({
    host: '127.0.0.1',
    port: 0,
    ...login,
    password: secret(login.password),
  });
  t.after(broker.close);
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const live = await subscribe(t, url, ['axis2mqtt/+/event/#'], login);
  const changes = { 'node-red.example:1883': `127.0.0.1:${broker.port}` };
  const { device, config } = await startExample(t, 'node-red-aedes/axis2mqtt.yaml', changes);
  const program = await makeProgram(t, config);
  const run = program.start(undefined, { MQTT_PASSWORD: login.password, AXIS_PASSWORD: PASSWORD });
  await live.find(({ topic }) => topic === PORT);
  device.emit(IO_PORT, { source: { port: 1 }, data: { state: true } });
  await live.find(isChange);
  const late = await subscribe(t, url, ['axis2mqtt/#'], login);
  assert.ok(isChange(await late.find(({ topic, retain }) => topic === PORT && retain)));
  await late.find(({ topic, retain }) => topic === STATE && retain);
  assert.deepEqual(await run.end(), { code: 0, signal: null });
  await assert.rejects(connectAsync(url, { protocolVersion: 4 }, false), /Not authorized/);
});
