import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createOutgoing } from '../../../src/mqtt/outgoing.ts';
import type { Message, PublishResult } from '../../../src/mqtt/types.ts';

const MESSAGE: Message = {
  topic: 't',
  payload: 'p',
  qos: 1,
  retain: false,
  expiry: 0,
  id: '',
  seq: 0,
  device: '',
};

/** One without a network: `written` is what would be sent. */
function start() {
  const written: Buffer[] = [];
  const flushes: (() => void)[] = [];
  const outgoing = createOutgoing({
    version: 5,
    maximumPacketSize: 1_000_000,
    send(bytes, flushed) {
      written.push(bytes);
      flushes.push(flushed);
    },
  });
  const results: PublishResult[] = [];
  const publish = (change: Partial<Message> = {}) =>
    outgoing.publish({ ...MESSAGE, ...change }, result => results.push(result));
  return { outgoing, written, flushes, results, publish };
}

test('all packets of one turn leave in one write', async () => {
  const { written, publish } = start();
  for (let n = 0; n < 100; n++) publish();
  assert.equal(written.length, 0);
  await setImmediate();
  assert.equal(written.length, 1);
  publish();
  await setImmediate();
  assert.equal(written.length, 2);
});

test('a packet larger than a chunk, and those around it, stay whole and in order', async () => {
  const { written, publish } = start();
  for (const payload of ['A', 'X'.repeat(200_000), 'B']) publish({ payload });
  await setImmediate();
  const sent = Buffer.concat(written).toString('latin1');
  assert.equal(sent.replace(/X+/, 'X').replace(/[^ABX]/g, ''), 'AXB');
});

test('QoS 1 ends with its acknowledgement, QoS 2 with the second, QoS 0 when the system has it', async () => {
  const { outgoing, written, flushes, results, publish } = start();
  publish({ qos: 1 });
  publish({ qos: 2 });
  publish({ qos: 0 });
  await setImmediate();
  assert.deepEqual(results, []);
  flushes[0]?.();
  assert.equal(results.length, 1);
  outgoing.acknowledge({ cmd: 'puback', messageId: 1, reasonCode: 0x10 });
  assert.equal(results.length, 2);
  outgoing.acknowledge({ cmd: 'pubrec', messageId: 2 });
  await setImmediate();
  assert.deepEqual([...(written[1] ?? [])], [0x62, 2, 0, 2]);
  assert.equal(results.length, 2);
  outgoing.acknowledge({ cmd: 'pubcomp', messageId: 2, reasonCode: 0x92 });
  assert.deepEqual(results, [{ outcome: 'ok' }, { outcome: 'ok', unheard: true }, { outcome: 'ok' }]);
  assert.equal(outgoing.waiting(), 0);
});

test('a refusal bears what it means for the message', () => {
  const { outgoing, results, publish } = start();
  for (const [index, reasonCode] of [0x87, 0x90, 0x99, 0x97, 0x80, 0x83, 0xfe].entries()) {
    publish();
    outgoing.acknowledge({ cmd: 'puback', messageId: index + 1, reasonCode });
  }
  const fates = results.map(result => (result.outcome === 'refused' ? result.fate : ''));
  assert.deepEqual(fates, ['never', 'never', 'never', 'later', 'suspect', 'suspect', 'suspect']);
});

test('the end of the connection settles all that waits, and all that comes', async () => {
  const { outgoing, flushes, results, publish } = start();
  publish({ qos: 0 });
  publish({ qos: 1 });
  publish({ qos: 2 });
  await setImmediate();
  outgoing.end();
  publish();
  // What the system says late changes nothing.
  flushes[0]?.();
  outgoing.acknowledge({ cmd: 'puback', messageId: 1 });
  assert.deepEqual(results, Array(4).fill({ outcome: 'lost' }));
});

test('an identifier in use is not given again', () => {
  const { outgoing, publish, results } = start();
  publish();
  for (let n = 0; n < 65_534; n++) {
    publish();
    outgoing.acknowledge({ cmd: 'puback', messageId: n + 2 });
  }
  publish();
  outgoing.acknowledge({ cmd: 'puback', messageId: 2 });
  assert.equal(results.length, 65_535);
  assert.equal(outgoing.waiting(), 1);
});

test('acknowledgements of nothing are ignored', () => {
  const { outgoing, results, publish } = start();
  publish();
  outgoing.acknowledge({ cmd: 'puback', messageId: 9 });
  outgoing.acknowledge({ cmd: 'suback', messageId: 1 });
  outgoing.acknowledge({ cmd: 'pingresp' });
  assert.deepEqual(results, []);
});
