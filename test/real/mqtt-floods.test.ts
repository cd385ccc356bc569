// Brokers that send without measure: what nobody asked for ends the connection, what was asked for costs the others little.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createReadingConnection } from '../../src/mqtt/reading-connection.ts';
import { systemClock } from '../../src/util/clock.ts';
import { createLog } from '../../src/util/log.ts';
import { eventually } from '../support/eventually.ts';
import { entries } from '../support/memory-queue.ts';
import { isDown, isUp, startPublisher } from '../support/publisher.ts';
import {
  CONNACK_5,
  CONNECT,
  PINGREQ,
  PINGRESP,
  PUBLISH,
  puback,
  startRawBroker,
  topicOf,
} from '../support/raw-broker.ts';

const FAST = { random: () => 0 };
const often = (packet: number[], times = 2_000) => Array.from({ length: times }, () => packet).flat();

const FLOODS: Record<string, number[]> = {
  PINGRESP,
  'PUBACK of nothing': [0x40, 4, 0xff, 0xfe, 0, 0],
  'PUBCOMP of nothing': [0x70, 4, 0xff, 0xfe, 0, 0],
  'SUBACK of nothing': [0x90, 4, 0xff, 0xfe, 0, 0],
  'PUBLISH that nobody subscribed to': [0x30, 6, 0, 1, 0x61, 0, 0x7b, 0x7d],
};

describe('a broker that answers each event with a flood', () => {
  for (const [name, packet] of Object.entries(FLOODS))
    test(`of ${name}: the connection is ended, with a word`, async t => {
      const broker = await startRawBroker(t, request => {
        if (request.type === CONNECT) return CONNACK_5;
        if (request.type !== PUBLISH) return undefined;
        return topicOf(request).startsWith('axis2mqtt/bridge') ? puback(request) : often(packet);
      });
      const { queue, until } = startPublisher(t, broker.url, FAST);
      queue.append(...entries(1));
      const down = await until(isDown);
      assert.ok(down.state === 'down');
      assert.equal(down.error.code, 'PROTOCOL');
      assert.match(down.error.message, /flood/);
    });

  test('a few of them are no reason', async t => {
    const broker = await startRawBroker(t, request => {
      if (request.type === CONNECT) return CONNACK_5;
      if (request.type !== PUBLISH) return undefined;
      return [...puback(request), ...Object.values(FLOODS).flat()];
    });
    const { queue, states } = startPublisher(t, broker.url, FAST);
    queue.append(...entries(50));
    await queue.empty();
    assert.deepEqual([states.length, isUp(states[0] ?? assert.fail())], [1, true]);
  });
});

test('what comes without measure from one broker holds up nothing at another one', async t => {
  const flooding = await startFlooding(t);
  let heard = 0;
  const reading = createReadingConnection({
    broker: { servers: [flooding], clientId: 'axis2mqtt-main-reader', protocolVersion: 5 },
    clock: systemClock,
    log: createLog({ level: 'silent' }),
  });
  const ending = new AbortController();
  const done = reading.run(ending.signal);
  t.after(async () => {
    ending.abort();
    await done;
  });
  reading.subscribe({
    filters: ['#'],
    async onMessage({ payload }) {
      heard += 1;
      // What a message costs that is looked at.
      for (let n = 0; n < 50; n++) JSON.parse(payload.toString());
    },
  });
  await eventually('the flood', () => heard > 1_000);
  const calm = await startRawBroker(t, request => {
    if (request.type === CONNECT) return CONNACK_5;
    return request.type === PUBLISH ? puback(request) : undefined;
  });
  const { queue } = startPublisher(t, calm.url, FAST);
  const before = heard;
  for (const one of entries(100)) {
    queue.append(one);
    await queue.empty();
  }
  // Of both there is time for as much as they need: a hundred round trips, in each of which some of the flood is heard.
  assert.ok(heard > before);
  assert.ok(heard - before < 100_000, `${heard - before} of the flood`);
});

/** A broker that publishes as fast as it is read. */
async function startFlooding(t: TestContext): Promise<string> {
  const message = Buffer.from([0x30, 14, 0, 1, 0x61, 0, ...Buffer.from('{"a":true}')]);
  const flood = Buffer.concat(Array.from({ length: 4_000 }, () => message));
  const { url } = await startRawBroker(t, ({ type }, socket) => {
    if (type === CONNECT) return CONNACK_5;
    if (type === PINGREQ) return PINGRESP;
    const more = () => {
      while (!socket.destroyed && socket.write(flood));
    };
    socket.on('drain', more);
    setImmediate(more);
    return undefined;
  });
  return url;
}
