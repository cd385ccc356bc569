// Where routes say whether a camera is connected.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionPlaces } from '../../../src/routing/connections.ts';
import type { Route } from '../../../src/routing/route.ts';
import { SERIAL } from '../../support/notification.ts';

const DEFAULT = `axis/${SERIAL}/event/connection`;

function places(...routes: Partial<Route>[]): string[] {
  const ordinary: Route = {
    match: { camera: '*', topic: '**', labels: {} },
    brokers: ['main'],
    format: 'axis',
    qos: 1,
    retain: 'none',
  };
  const options = { base: 'b', bridge: 'main', routes: routes.map(route => ({ ...ordinary, ...route })) };
  const camera = { id: 'entrance', labels: { site: 'lund' } };
  return connectionPlaces(options, camera, SERIAL).map(({ broker, topic }) => `${broker} ${topic}`);
}

test('each broker of a route of the format axis has one, and no other broker', () => {
  assert.deepEqual(places({ brokers: ['a', 'b'] }, { format: 'onvif', brokers: ['c'] }, { brokers: ['b'] }), [
    `a ${DEFAULT}`,
    `b ${DEFAULT}`,
  ]);
});

test('it stands where the event would, and nowhere without {axisTopic}', () => {
  assert.deepEqual(places({ topic: '{base}/{labels.site}/{device}/event/{axisTopic}' }), [
    'main b/lund/entrance/event/connection',
  ]);
  assert.deepEqual(places({ topic: '{base}/{topic}' }), []);
});

test('a route for other cameras has none of this one', () => {
  assert.deepEqual(places({ match: { camera: 'yard', topic: '**', labels: {} } }), []);
  assert.deepEqual(places({ match: { camera: '*', topic: '**', labels: { site: 'malmö' } } }), []);
});
