import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Flights } from '../../../src/mqtt/flights.ts';
import type { Entry } from '../../../src/outbox/types.ts';
import { entry } from '../../support/memory-queue.ts';

const LIMITS = {
  receiveMaximum: 5,
  receiveMaximumQoS2: 1,
  maximumQoS: 2,
  retainAvailable: true,
  maximumPacketSize: 1e6,
} as const;
const flight = (change: Partial<Entry> = {}) => ({ entry: entry(change), settle: () => undefined });

test('the window is the Receive Maximum, and shut while something goes apart', () => {
  const flights = new Flights(LIMITS);
  const apart = flight();
  assert.equal(flights.window(), 5);
  flights.add(apart, { isApart: true, isAnswered: true });
  assert.equal(flights.window(), 0);
  flights.remove(apart);
  assert.equal(flights.window(), 5);
});

test('of QoS 2 there may be fewer', () => {
  const flights = new Flights(LIMITS);
  const first = flight({ qos: 2 });
  flights.add(first, { isApart: false, isAnswered: true });
  assert.deepEqual([flights.fits(entry({ qos: 2 })), flights.fits(entry({ qos: 1 }))], [false, true]);
  flights.remove(first);
  assert.equal(flights.fits(entry({ qos: 2 })), true);
});

test('what has no answer is proven by the answer to what was sent after it, not before', () => {
  const flights = new Flights(LIMITS);
  const [before, silent, after] = [flight(), flight({ topic: 'silent', qos: 0 }), flight()];
  flights.add(before, { isApart: false, isAnswered: true });
  flights.add(silent, { isApart: false, isAnswered: false });
  flights.remove(silent);
  flights.add(after, { isApart: false, isAnswered: true });
  flights.remove(before);
  assert.equal(flights.unproven, 'silent');
  flights.remove(after);
  assert.equal(flights.unproven, undefined);
});
