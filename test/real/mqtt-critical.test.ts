// Critical messages at real brokers: proof that somebody takes them, a time for that, and where they go otherwise.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSetting } from '../support/bridge-setting.ts';
import { assertLedger, emptied, readHealth } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { entries } from '../support/memory-queue.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { startPublisher } from '../support/publisher.ts';
import { subscribe } from '../support/subscriber.ts';

const demand = { subscriber: true, by: 0, instead: 'site' };

describe('proof that somebody takes a message', need('mosquitto'), () => {
  test('MQTT 5: only what somebody subscribes to is published', async t => {
    const broker = await startMosquitto(t);
    const subscriber = await subscribe(t, broker.url, { filter: 'heard/#' });
    const { queue } = startPublisher(t, broker.url);
    const topic = (seq: number) => (seq % 2 === 0 ? 'heard/x' : 'unheard/x');
    queue.append(...entries(100, seq => ({ topic: topic(seq), ...(seq > 50 ? { demand } : {}) })));
    await queue.empty();
    for (const { entry, outcome, reason } of queue.settled) {
      const unheard = entry.demand !== undefined && entry.topic === 'unheard/x';
      assert.deepEqual(
        [outcome, reason],
        unheard ? ['redirected', 'no subscriber'] : ['published', undefined],
      );
    }
    await subscriber.until(received => received.length === 50);
  });

  test('MQTT 3.1.1 has no such proof: it is published, which is said once', async t => {
    const broker = await startMosquitto(t);
    const { queue, lines } = startPublisher(t, broker.url, { broker: { protocolVersion: 4 } });
    queue.append(...entries(10, () => ({ demand })));
    await queue.empty();
    assert.ok(queue.settled.every(({ outcome }) => outcome === 'published'));
    assert.equal(lines.filter(({ msg }) => String(msg).includes('requireSubscriber')).length, 1);
  });
});

describe('a route with `onUndelivered`', { ...need('mosquitto'), timeout: 240_000 }, () => {
  const PORT = 'tns1:Device/tnsaxis:IO/Port';
  const route = { broker: 'main', retain: 'none', match: { topic: PORT } };

  test('sends to the other broker what is not delivered in time, and the ledger says so', async t => {
    const site = await startMosquitto(t);
    const brokers = { main: { url: `mqtt://127.0.0.1:${await freePort()}` }, site: { url: site.url } };
    const routes = [{ ...route, deliverWithin: '1s', onUndelivered: 'site' }];
    const setting = await makeSetting(t, { config: { brokers, routes } });
    const subscriber = await subscribe(t, site.url, { filter: 'axis2mqtt/entrance/event/#' });
    setting.program.start();
    await subscriber.until(received => received.length > 0);
    const health = await eventually('the count', async () => {
      const found = await readHealth(setting.httpPort);
      return (found.devices['entrance']?.brokers['main']?.redirected ?? 0) > 0 && found;
    });
    assertLedger(health);
  });

  test('sends there what nobody subscribes to', async t => {
    const site = await startMosquitto(t);
    const main = await startMosquitto(t);
    const brokers = { main: { url: main.url }, site: { url: site.url } };
    const routes = [{ ...route, requireSubscriber: true, onUndelivered: 'site' }];
    const { program, device, httpPort } = await makeSetting(t, { config: { brokers, routes } });
    const atSite = await subscribe(t, site.url, { filter: 'axis2mqtt/entrance/event/#' });
    program.start();
    await atSite.until(received => received.length === 2);
    const atMain = await subscribe(t, main.url, { filter: 'axis2mqtt/entrance/event/#' });
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await atMain.until(received => received.length === 1);
    const { entrance } = (await eventually('it is counted', () => emptied(httpPort))).devices;
    assert.deepEqual([entrance?.brokers['main']?.published, entrance?.brokers['main']?.redirected], [1, 2]);
    assert.equal(atSite.received.length, 2);
  });

  test('makes a device act: a trigger hears at the other broker what nobody takes', async t => {
    const site = await startMosquitto(t);
    const main = await startMosquitto(t);
    const brokers = { main: { url: main.url }, site: { url: site.url } };
    const routes = [{ ...route, requireSubscriber: true, onUndelivered: 'site' }];
    const alarm = { camera: 'entrance', action: 'record' };
    const topic = 'axis2mqtt/entrance/event/#';
    const triggers = [{ name: 'unheard', broker: 'site', topic, when: { active: true }, do: [alarm] }];
    const { program, device } = await makeSetting(t, { config: { brokers, routes, triggers } });
    const run = program.start();
    await site.subscribed(topic);
    await eventually('it is heard', () => device.sessions === 1);
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await eventually('the recording', () => device.equipment.recordings.size === 1);
    assert.ok(!run.log().some(({ code }) => code === 'LOOP'));
  });
});
