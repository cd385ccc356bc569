// RabbitMQ, which speaks MQTT 3.1.1 alone and QoS 0 and 1: found out by itself, every message in order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entries, entry } from '../support/memory-queue.ts';
import { isUp, startPublisher } from '../support/publisher.ts';
import { needRabbit, startRabbit } from '../support/rabbitmq.ts';
import { subscribe } from '../support/subscriber.ts';

const text = (port: number) => `mqtt.listeners.tcp.1 = 127.0.0.1:${port}\nmqtt.allow_anonymous = true\n`;
const TOPIC = entry().topic;

test('RabbitMQ gets everything at each QoS', { ...needRabbit(), timeout: 240_000 }, async t => {
  const rabbit = await startRabbit(t, { text });
  for (const qos of [0, 1, 2] as const) {
    await t.test(`QoS ${qos}`, async t => {
      const subscriber = await subscribe(t, rabbit.url, { protocolVersion: 4, qos: 1, filter: TOPIC });
      const { queue, until, stop, states } = startPublisher(t, rabbit.url);
      queue.append(...entries(2_000, () => ({ qos })));
      await queue.empty();
      await subscriber.until(received => received.length >= 2_000);
      const seqs = subscriber.payloads(TOPIC).map(payload => JSON.parse(payload).seq);
      assert.deepEqual(
        seqs,
        queue.settled.map(({ entry }) => entry.seq),
      );
      assert.ok(queue.settled.every(({ outcome }) => outcome === 'published'));
      assert.deepEqual(await until(isUp), { state: 'up', server: rabbit.url, version: 4 });
      assert.equal(states.length, 1);
      await stop();
    });
  }
});
