import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { covers, planProvision, type Wanted } from '../../../src/cli/provision/plan.ts';
import { serverFor } from '../../../src/cli/provision/server.ts';
import type { BrokerConfig } from '../../../src/config/types.ts';
import type { Fields } from '../../../src/vapix/json.ts';
import { decodeMqttClient, type MqttClientStatus } from '../../../src/vapix/mqtt-client.ts';
import { decodePublication, type Publication } from '../../../src/vapix/mqtt-events.ts';

const SERVER = { protocol: 'tcp', host: 'broker', port: 1883, basepath: '' };
const WANTED: Wanted = {
  server: SERVER,
  prefix: 'axis/1',
  username: undefined,
  password: false,
  filters: ['onvif:Device//.'],
};

function status(config: Fields = {}, active = true): MqttClientStatus {
  const said = {
    server: SERVER,
    deviceTopicPrefix: 'axis/1',
    activateOnReboot: true,
    clientId: 'a',
    ...config,
  };
  const data = { status: { state: active ? 'active' : 'inactive' }, config: said };
  return decodeMqttClient(JSON.stringify({ data }));
}

function publication(filters: readonly object[], config: Fields = {}): Publication {
  const eventPublicationConfig = { topicPrefix: 'default', ...config, eventFilterList: filters };
  return decodePublication(JSON.stringify({ data: { eventPublicationConfig } }));
}

const OURS = { topicFilter: 'onvif:Device//.', qos: 1, retain: 'property' };

describe('the plan', () => {
  test('is empty where all is as wanted', () => {
    const plan = planProvision(status(), publication([OURS]), WANTED);
    assert.deepEqual(
      [plan.changes, plan.client, plan.publication, plan.added],
      [[], undefined, undefined, []],
    );
    assert.deepEqual([plan.activate, plan.takesOver, plan.warnings], [false, [], []]);
  });

  test('keeps all that is in the list as it is, and puts ours behind', () => {
    const foreign = { topicFilter: 'axis:Storage//.', qos: 2, retain: 'all', later: true };
    const plan = planProvision(status(), publication([foreign], { appendEventTopic: false }), WANTED);
    assert.deepEqual(plan.publication, {
      topicPrefix: 'default',
      appendEventTopic: false,
      eventFilterList: [foreign, OURS],
    });
    assert.equal(plan.client, undefined);
    assert.equal(plan.activate, false);
  });

  test('adds nothing that is let through already', () => {
    const plan = planProvision(status(), publication([{ topicFilter: '//.', retain: 'all' }]), WANTED);
    assert.deepEqual([plan.publication, plan.added], [undefined, []]);
  });

  test('tells of events that will come twice, and of states that nobody keeps', () => {
    const list = publication([
      { topicFilter: 'onvif:Device/axis:IO/Port' },
      { topicFilter: 'axis:Storage//.' },
    ]);
    const { warnings } = planProvision(status(), list, WANTED);
    assert.match(warnings[0] ?? '', /onvif:Device\/axis:IO\/Port will come twice, by onvif:Device\/\/\./);
    assert.match(warnings[1] ?? '', /axis:Storage\/\/\. are not retained/);
  });

  test('changes of the client what is wanted, and sends all else as it was', () => {
    const before = status(
      { server: { host: '', alpnProtocol: 'x' }, httpProxy: 'p', activateOnReboot: false },
      false,
    );
    const plan = planProvision(before, publication([OURS]), { ...WANTED, username: 'cam', password: true });
    assert.deepEqual(plan.client?.['server'], { ...SERVER, alpnProtocol: 'x' });
    assert.equal(plan.client?.['httpProxy'], 'p');
    assert.equal(plan.client?.['username'], 'cam');
    assert.equal(plan.client?.['activateOnReboot'], true);
    assert.deepEqual(plan.client?.['connectMessage'], { useDefault: true });
    assert.equal(plan.activate, true);
    assert.deepEqual(plan.takesOver, []);
    const told = plan.changes.map(({ what, from, to }) => `${what}: ${from} > ${to}`);
    assert.ok(told.includes('broker: none > tcp://broker:1883'), String(told));
    assert.ok(told.includes('password: kept > the given one'), String(told));
  });

  test('takes over where an active client publishes to another broker, or under other topics', () => {
    const elsewhere = planProvision(
      status({ server: { ...SERVER, host: 'vms' } }),
      publication([OURS]),
      WANTED,
    );
    assert.deepEqual(
      elsewhere.takesOver.map(({ what }) => what),
      ['broker'],
    );
    const custom = publication([OURS], { topicPrefix: 'custom', customTopicPrefix: 'vms' });
    const plan = planProvision(status(), custom, WANTED);
    assert.equal(plan.takesOver.length, 1);
    assert.equal(plan.publication?.['topicPrefix'], 'default');
    assert.deepEqual(plan.publication?.['eventFilterList'], [OURS]);
    const same = publication([OURS], { topicPrefix: 'custom', customTopicPrefix: 'axis/1' });
    assert.equal(planProvision(status(), same, WANTED).publication, undefined);
  });

  test('tells where the connect message or the will is not the default one', () => {
    const own = { useDefault: false, topic: 'x' };
    const plan = planProvision(status({ lastWillTestament: own }), publication([OURS]), WANTED);
    assert.match(plan.warnings[0] ?? '', /lastWillTestament/);
  });
});

test('covers compares subtrees by whole segments', () => {
  const cases: [other: string, filter: string, covered: boolean][] = [
    ['//.', 'axis:Storage//.', true],
    ['//.', '//.', true],
    ['onvif:Device//.', 'onvif:Device', true],
    ['onvif:Device//.', 'onvif:Device/axis:IO//.', true],
    ['onvif:Device//.', 'onvif:DeviceX', false],
    ['onvif:Device', 'onvif:Device//.', false],
    ['onvif:Device', 'onvif:Device/axis:IO', false],
    ['a//.|b//.', 'b/c', true],
    ['a//.', 'a/x|b/x', false],
  ];
  for (const [other, filter, covered] of cases)
    assert.equal(covers(other, filter), covered, `${other} covers ${filter}`);
});

describe('the broker for a device', () => {
  const broker = (url: string) => ({ name: 'main', urls: [url] }) as unknown as BrokerConfig;
  const at = (url: string, host = '192.0.2.10', other?: string) =>
    serverFor({ broker: broker(url), host, url: other });

  test('is said in its words', () => {
    assert.deepEqual(at('mqtt://b:1884'), { protocol: 'tcp', host: 'b', port: 1884, basepath: '' });
    assert.deepEqual(at('mqtts://[2001:db8::1]:8883'), {
      protocol: 'ssl',
      host: '2001:db8::1',
      port: 8883,
      basepath: '',
    });
    assert.deepEqual(at('wss://b/mqtt'), { protocol: 'wss', host: 'b', port: 443, basepath: '/mqtt' });
    assert.equal(at('embedded://192.0.2.1:1883').host, '192.0.2.1');
  });

  test('is none on our loopback, unless the device is there too or is told another address', () => {
    for (const url of ['embedded://127.0.0.1:1883', 'mqtt://localhost:1883', 'mqtt://[::1]:1883'])
      assert.throws(() => at(url), { code: 'CONFIG', message: /--server/ });
    for (const url of ['embedded://0.0.0.0:1883', 'embedded://[::]:1883'])
      assert.throws(() => at(url, '127.0.0.1'), { code: 'CONFIG', message: /--server/ });
    assert.equal(at('mqtt://127.0.0.1:1883', '127.0.0.2').host, '127.0.0.1');
    assert.equal(at('embedded://0.0.0.0:1883', 'cam', 'mqtt://192.0.2.1').port, 1883);
    for (const url of ['http://b', 'mqtt://u:p@b', 'b:1883'])
      assert.throws(() => at('mqtt://b', 'cam', url), { code: 'CONFIG', message: /--server is a URL/ });
  });
});
