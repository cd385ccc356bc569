// How a publisher ends: in good order, at once, and in every state without leaving anything open.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { becomes } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { entries } from '../support/memory-queue.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { openHandles } from '../support/open-handles.ts';
import { BRIDGE, isDown, isUp, type StartedPublisher, startPublisher } from '../support/publisher.ts';
import { CONNACK_5, CONNECT, PUBLISH, puback, startRawBroker, topicOf } from '../support/raw-broker.ts';
import { subscribe } from '../support/subscriber.ts';

/** Runs `use` with a publisher in between two looks at what is open. */
async function leavesNothing(
  t: TestContext,
  url: string,
  use: (publisher: StartedPublisher) => Promise<void>,
) {
  await delay(50);
  const before = openHandles();
  const publisher = startPublisher(t, url, { random: () => 1 });
  await use(publisher);
  await becomes('nothing more is open', openHandles, before);
}

describe('stopping at mosquitto', need('mosquitto'), () => {
  test('in good order: drains the queue, says offline, and the broker publishes no will', async t => {
    const broker = await startMosquitto(t, { config: ['max_queued_messages 0'] });
    const subscriber = await subscribe(t, broker.url);
    const { queue, until, stop } = startPublisher(t, broker.url, { drainMs: 60_000 });
    await until(isUp);
    queue.append(...entries(5_000));
    await stop();
    assert.equal(queue.size(), 0);
    const others = () => subscriber.received.filter(({ topic }) => topic !== BRIDGE.checkpoint);
    await subscriber.until(() => others().length === 5_002);
    assert.equal(subscriber.received.at(-1)?.topic, BRIDGE.topic);
    assert.deepEqual(subscriber.payloads(BRIDGE.topic), [BRIDGE.online(), BRIDGE.offline]);
    assert.match(broker.log(), /Received DISCONNECT from axis2mqtt-main/);
  });

  test('at once: the broker publishes the will, and the queue keeps what was not acknowledged', async t => {
    const broker = await startMosquitto(t);
    const subscriber = await subscribe(t, broker.url);
    const { queue, until, kill } = startPublisher(t, broker.url);
    await until(isUp);
    queue.append(...entries(50_000));
    await kill();
    assert.ok(queue.size() > 0);
    await subscriber.until(() => subscriber.payloads(BRIDGE.topic).at(-1) === BRIDGE.offline);
    assert.equal((await queue.take(1))[0]?.entry.seq, queue.settled.length + 1);
  });

  test('leaves nothing open when it is up, and when it is under load', async t => {
    const broker = await startMosquitto(t);
    for (const load of [0, 10_000]) {
      await leavesNothing(t, broker.url, async ({ queue, until, stop }) => {
        queue.append(...entries(load));
        await until(isUp);
        await stop();
      });
    }
  });
});

describe('stopping elsewhere', () => {
  test('leaves nothing open while it waits for another try', async t => {
    await leavesNothing(t, `mqtt://127.0.0.1:${await freePort()}`, async ({ until, stop }) => {
      await until(isDown);
      await stop();
    });
  });

  test('leaves nothing open while the broker does not answer its CONNECT', async t => {
    const silent = await startRawBroker(t, () => undefined);
    await leavesNothing(t, silent.url, async ({ stop }) => {
      while (silent.connections() === 0) await delay(5);
      await stop();
    });
  });

  test('a broker that acknowledges nothing any more: the drain and the goodbye are bounded', async t => {
    const stuck = await startRawBroker(t, packet => {
      if (packet.type === CONNECT) return CONNACK_5;
      if (packet.type !== PUBLISH) return undefined;
      return topicOf(packet) === BRIDGE.topic ? puback(packet) : undefined;
    });
    const { queue, until, stop } = startPublisher(t, stuck.url, { drainMs: 200 });
    await until(isUp);
    queue.append(...entries(10));
    const started = performance.now();
    await stop();
    const took = performance.now() - started;
    assert.ok(took > 150, `${took} ms`);
    assert.equal(queue.size(), 10);
    assert.equal((await queue.take(10)).length, 10);
  });

  test('a second signal ends the drain', async t => {
    const stuck = await startRawBroker(t, packet => {
      if (packet.type === CONNECT) return CONNACK_5;
      return packet.type === PUBLISH && topicOf(packet) === BRIDGE.topic ? puback(packet) : undefined;
    });
    const { queue, until, stop, kill } = startPublisher(t, stuck.url, { drainMs: 60_000 });
    await until(isUp);
    queue.append(...entries(10));
    const stopped = stop();
    await delay(50);
    await kill();
    await stopped;
    assert.equal(queue.size(), 10);
  });
});
