import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStates } from '../../../src/camera/states.ts';
import { forgetVanished } from '../../../src/camera/vanished.ts';
import type { Notification } from '../../../src/event.ts';
import { identify } from '../../../src/normalize/identity.ts';
import type { SourceName } from '../../../src/sources/source.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { items, said } from '../../support/notification.ts';
import { createHouse } from './helper.ts';

const PORT_2 = said({ source: items({ port: '2' }) });
const ODD = said({ source: items({ 'a:b\n': '1\n2', '': '' }), key: items({ token: '9:x' }) });

/** A connection after one that said these. */
function reconnect(before: readonly Notification[], source: SourceName = 'rtsp') {
  const { notes, keep } = createHouse();
  const states = createStates({ device: 'entrance', notes, intern: text => text });
  for (const notification of before) keep(states.learn(identify(notification), 'initialized').notes);
  states.connect();
  const gone: Notification[] = [];
  const ending = new AbortController();
  const clock = createFakeClock();
  const deliver = async (notification: Notification) => void gone.push(notification);
  forgetVanished({ source, states, deliver, clock, signal: ending.signal });
  return { states, gone, clock, ending };
}

test('a property that is not said again is deleted three minutes later, with all that names it', async () => {
  const { states, gone, clock } = reconnect([said(), PORT_2, ODD]);
  states.learn(identify(said()), 'initialized');
  await clock.advance(179_000);
  assert.equal(gone.length, 0);
  await clock.advance(1_000);
  const deleted = { time: null, operation: 'deleted', data: [] };
  assert.deepEqual(gone, [
    { topic: PORT_2.topic, source: PORT_2.source, key: [], ...deleted },
    // In the order of their names.
    { topic: ODD.topic, source: ODD.source.toReversed(), key: ODD.key, ...deleted },
  ]);
});

test('a connection that ends earlier says nothing of it and leaves no timer', async () => {
  const { gone, clock, ending } = reconnect([PORT_2]);
  ending.abort();
  assert.equal(clock.waiting(), 0);
  await clock.advance(180_000);
  assert.equal(gone.length, 0);
});

test('a device that need not say all its states keeps them', async () => {
  const { gone, clock } = reconnect([PORT_2], 'device-mqtt');
  await clock.advance(180_000);
  assert.equal(gone.length, 0);
});
