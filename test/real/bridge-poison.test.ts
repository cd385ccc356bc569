// The whole bridge at a broker that ends the connection at what is too large for it, without a word of its limit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { available, makeSetting, nextEvent, retained } from '../support/bridge-setting.ts';
import { eventually } from '../support/eventually.ts';
import { need } from '../support/need.ts';

test('events flow, `info` is shortened, nobody else is blamed', need('mosquitto'), async t => {
  const { device, broker, program, subscriber, config } = await makeSetting(t, {
    broker: { config: ['max_packet_size 1600'] },
    config: { homeAssistant: true },
  });
  program.configure({ ...config, brokers: { main: { url: broker.url, protocolVersion: 4 } } });
  const run = program.start();
  await available(subscriber, 'online');
  device.emit('tns1:Device/tnsaxis:IO/Port', { source: { port: 1 }, data: { state: true } });
  await nextEvent(subscriber, ({ active, operation }) => active === true && operation === 'changed');
  const deviceInfo = async () => JSON.parse((await retained(broker)).get('axis2mqtt/entrance/info') ?? '{}');
  await eventually('a shortened info', async () => (await deviceInfo()).shortened === true);
  assert.match((await deviceInfo()).serial, /^[0-9A-F]{12}$/);
  assert.ok(!run.log().some(line => /another client/.test(JSON.stringify(line))));
});
