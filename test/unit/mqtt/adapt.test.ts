import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapt, type Shortfall } from '../../../src/mqtt/adapt.ts';
import type { Limits } from '../../../src/mqtt/types.ts';
import { entry } from '../../support/memory-queue.ts';

const ALL: Limits = {
  receiveMaximum: 1,
  receiveMaximumQoS2: 1,
  maximumQoS: 2,
  retainAvailable: true,
  maximumPacketSize: Number.POSITIVE_INFINITY,
};
const NOW = 1_000_000;

function send(change: Parameters<typeof entry>[0], limits: Partial<Limits> = {}, version: 4 | 5 = 5) {
  const told: Shortfall[] = [];
  const connection = { version, limits: { ...ALL, ...limits } };
  return { message: adapt(entry(change), connection, { now: NOW, tell: what => told.push(what) }), told };
}

test('what the broker takes is sent as it is', () => {
  const { message, told } = send({ qos: 2, retain: true, id: 'i', seq: 3 });
  assert.deepEqual([message?.qos, message?.retain, message?.id, message?.seq, told], [2, true, 'i', 3, []]);
});

test('the expiry is what is left, in whole seconds, and never 0; a retained message has none', () => {
  assert.equal(send({ expires: NOW + 1 }).message?.expiry, 1);
  assert.equal(send({ expires: NOW + 59_001 }).message?.expiry, 60);
  assert.equal(send({ expires: 0 }).message?.expiry, 0);
  assert.equal(send({ expires: NOW + 60_000, retain: true }).message?.expiry, 0);
  assert.equal(send({ expires: Number.MAX_SAFE_INTEGER }).message?.expiry, 0xffff_ffff);
});

test('a lower QoS and no retaining are used where the broker has no better, and told', () => {
  const { message, told } = send({ qos: 2, retain: true }, { maximumQoS: 1, retainAvailable: false });
  assert.deepEqual([message?.qos, message?.retain, told], [1, false, ['qos', 'retain']]);
});

test('a retained message that a broker without them never kept needs no clearing', () => {
  const bare = { retainAvailable: false };
  assert.equal(send({ retain: true, payload: '', id: '' }, bare).message, undefined);
  assert.equal(
    send({ retain: true, payload: '', id: 'i' }, bare).message?.retain,
    false,
    'an event of its own',
  );
});

test('proof of a subscriber is told to be lacking in MQTT 3.1.1 and at QoS 0', () => {
  const demand = { subscriber: true, by: 0, instead: '' };
  assert.deepEqual(send({ demand }).told, []);
  assert.deepEqual(send({ demand }, {}, 4).told, ['subscriber']);
  assert.deepEqual(send({ demand, qos: 1 }, { maximumQoS: 0 }).told, ['qos', 'subscriber']);
});
