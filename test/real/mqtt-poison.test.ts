// A message for which a broker ends the connection: it is found, and costs itself, its topic or all of its size.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Entry } from '../../src/outbox/types.ts';
import { eventually } from '../support/eventually.ts';
import { entries, entry, type MemoryQueue } from '../support/memory-queue.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { createNotes, type StartedPublisher, startPublisher } from '../support/publisher.ts';
import {
  CONNACK_4,
  CONNECT,
  type Packet,
  PUBLISH,
  payloadSize4,
  puback4,
  type RawBroker,
  startRawBroker,
  topicOf,
} from '../support/raw-broker.ts';
import { subscribe } from '../support/subscriber.ts';

const FAST = { random: () => 0 };
const OLD = { ...FAST, broker: { protocolVersion: 4 } } as const;
const INFO = 'axis2mqtt/bridge/main/info';

/** An MQTT 3.1.1 broker that closes at some publishes; it also tells what it took. */
async function startClosing(
  t: Parameters<typeof startRawBroker>[0],
  closesAt: (packet: Packet) => boolean,
): Promise<RawBroker & { taken: string[] }> {
  const taken: string[] = [];
  const broker = await startRawBroker(t, (packet, socket) => {
    if (packet.type === CONNECT) return CONNACK_4;
    if (packet.type !== PUBLISH) return undefined;
    if (closesAt(packet)) {
      socket.destroy();
      return undefined;
    }
    taken.push(topicOf(packet));
    return puback4(packet);
  });
  return { ...broker, taken };
}

function outcomes({ settled }: MemoryQueue, outcome: string): Entry[] {
  return settled.filter(one => one.outcome === outcome).map(one => one.entry);
}

/** What the log says of a second client. */
const blamesAnother = ({ lines }: StartedPublisher) =>
  lines.filter(line => /another client/.test(JSON.stringify(line)));

describe('a topic at which the broker closes the connection', () => {
  test('is found once and rests; the others arrive, and in order', async t => {
    const broker = await startClosing(t, packet => topicOf(packet) === 'denied');
    const publisher = startPublisher(t, broker.url, OLD);
    const { queue, lines } = publisher;
    const topicOfSeq = (seq: number) => (seq % 3 === 0 ? 'denied' : `event/${seq % 3}`);
    for (const one of entries(90, seq => ({ topic: topicOfSeq(seq) }))) {
      queue.append(one);
      await delay(5);
    }
    await queue.empty();
    const seqs = outcomes(queue, 'published').map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      entries(90)
        .map(({ seq }) => seq)
        .filter(seq => seq % 3 !== 0),
    );
    assert.equal(outcomes(queue, 'rejected').length, 30);
    assert.equal(lines.filter(({ reason }) => reason === 'ends the connection').length, 1);
    assert.deepEqual(blamesAnother(publisher), []);
    assert.ok(broker.connections() <= 8, `${broker.connections()} connections`);
  });

  test('is found in a full window with few connections', async t => {
    const broker = await startClosing(t, packet => topicOf(packet) === 'denied');
    const { queue } = startPublisher(t, broker.url, OLD);
    queue.append(...entries(3_000, seq => ({ topic: seq === 700 ? 'denied' : 'event' })));
    await queue.empty();
    assert.deepEqual(
      outcomes(queue, 'rejected').map(({ seq }) => seq),
      [700],
    );
    assert.ok(broker.connections() <= 10, `${broker.connections()} connections`);
  });

  test('several of them do not look like a second client', async t => {
    const broker = await startClosing(t, packet => topicOf(packet).startsWith('denied'));
    const publisher = startPublisher(t, broker.url, OLD);
    publisher.queue.append(...entries(60, seq => ({ topic: seq % 6 === 0 ? `denied/${seq}` : 'event' })));
    await publisher.queue.empty();
    assert.equal(outcomes(publisher.queue, 'rejected').length, 10);
    assert.deepEqual(blamesAnother(publisher), []);
  });

  test('is found for messages of QoS 0, too, which are gone when they are sent', async t => {
    const broker = await startClosing(t, packet => topicOf(packet) === 'denied');
    const publisher = startPublisher(t, broker.url, OLD);
    const { queue, lines } = publisher;
    const rests = () => outcomes(queue, 'rejected').length > 0;
    for (let seq = 1; !rests(); seq++) {
      queue.append(entry({ seq, topic: 'denied', qos: 0 }), entry({ seq, topic: 'event', id: `id${seq}` }));
      await queue.empty();
      await delay(20);
    }
    const before = broker.connections();
    queue.append(...entries(20, seq => (seq % 2 === 0 ? { topic: 'denied', qos: 0 } : {})));
    await queue.empty();
    assert.equal(broker.connections(), before);
    assert.equal(lines.filter(({ reason }) => reason === 'ends the connection').length, 1);
    assert.ok(!outcomes(queue, 'rejected').some(({ topic }) => topic !== 'denied'));
    assert.deepEqual(blamesAnother(publisher), []);
  });

  test('a broker that closes at every event for a while costs few of them', async t => {
    let isWell = false;
    const broker = await startClosing(t, packet => !isWell && topicOf(packet).startsWith('event'));
    const { queue } = startPublisher(t, broker.url, OLD);
    queue.append(...entries(40, seq => ({ topic: `event/${seq}` })));
    await eventually('some tries', () => broker.connections() > 20);
    isWell = true;
    await queue.empty();
    const lost = outcomes(queue, 'rejected').length;
    assert.ok(lost <= 3, `${lost} lost`);
  });
});

describe('a broker that closes at a payload over a size that it never named', () => {
  const LIMIT = 2_048;
  const tooLarge = (packet: Packet) => payloadSize4(packet) > LIMIT;

  test('gets the events at once; what is too large is told once, and `info` is made to fit', async t => {
    const broker = await startClosing(t, tooLarge);
    const publisher = startPublisher(t, broker.url, OLD);
    const { queue, present, lines } = publisher;
    const shown: number[] = [];
    present.set('small', 'x'.repeat(500));
    present.set(INFO, room => {
      shown.push(room);
      return 'x'.repeat(room < 4_000 ? 1_000 : 4_000);
    });
    for (const name of ['a', 'b', 'c']) present.set(`homeassistant/device/${name}/config`, 'x'.repeat(6_000));
    queue.append(...entries(20));
    await queue.empty();
    assert.equal(outcomes(queue, 'published').length, 20);
    await eventually('info', () => broker.taken.includes(INFO));
    assert.ok(!broker.taken.some(topic => topic.startsWith('homeassistant/')));
    assert.deepEqual(blamesAnother(publisher), []);
    // From now on it is known, for events too.
    const before = broker.connections();
    queue.append(entry({ topic: 'large', payload: 'x'.repeat(7_000) }), entry({ topic: 'large', seq: 2 }));
    await queue.empty();
    assert.deepEqual(
      outcomes(queue, 'rejected').map(({ topic, seq }) => [topic, seq]),
      [['large', 1]],
    );
    assert.equal(broker.connections(), before);
    assert.equal(lines.filter(({ bytes }) => typeof bytes === 'number').length, 1);
  });

  test('is known to the next run', async t => {
    const broker = await startClosing(t, tooLarge);
    const notes = createNotes();
    const first = startPublisher(t, broker.url, { ...OLD, notes });
    const large = (seq: number) => ({ topic: `large/${seq}`, payload: 'x'.repeat(3_000 + seq) });
    first.queue.append(...entries(4, seq => (seq % 2 === 0 ? large(seq) : {})));
    await first.queue.empty();
    await first.stop();
    const connections = broker.connections();
    const second = startPublisher(t, broker.url, { ...OLD, notes });
    second.queue.append(entry({ payload: 'x'.repeat(3_100) }), entry({ seq: 2 }));
    await second.queue.empty();
    assert.deepEqual(
      second.queue.settled.map(({ outcome }) => outcome),
      ['rejected', 'published'],
    );
    assert.equal(broker.connections(), connections + 1);
  });
});

test('a broker that closes at every retained message gets them without that', async t => {
  const broker = await startClosing(t, ({ flags }) => (flags & 1) === 1);
  const { queue, present, lines } = startPublisher(t, broker.url, OLD);
  present.set(INFO, 'x');
  queue.append(...entries(20, seq => ({ retain: seq % 2 === 0 })));
  await queue.empty();
  assert.equal(outcomes(queue, 'published').length, 20);
  await eventually('info', () => broker.taken.includes(INFO));
  assert.equal(lines.filter(({ msg }) => /keeps no retained messages/.test(String(msg))).length, 1);
});

describe('mosquitto with max_packet_size, MQTT 3.1.1', need('mosquitto'), () => {
  test('ends the connection at what is larger: events and what fits arrive', async t => {
    const broker = await startMosquitto(t, { config: ['max_packet_size 2048'] });
    const subscriber = await subscribe(t, broker.url);
    const publisher = startPublisher(t, broker.url, OLD);
    const { queue, present } = publisher;
    present.set('homeassistant/device/a/config', 'x'.repeat(6_000));
    present.set(INFO, room => 'i'.repeat(Math.min(room, 3_000)));
    present.set('small', 'x');
    queue.append(...entries(50));
    await queue.empty();
    assert.equal(outcomes(queue, 'published').length, 50);
    await subscriber.until(() => subscriber.payloads(INFO).length > 0);
    await subscriber.until(() => subscriber.payloads('small').length > 0);
    assert.deepEqual(blamesAnother(publisher), []);
  });
});
