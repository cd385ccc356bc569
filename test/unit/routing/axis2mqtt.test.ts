import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CameraEvent } from '../../../src/event.ts';
import { renderAxis2mqtt } from '../../../src/routing/formats/axis2mqtt.ts';
import { PORT, SERIAL } from '../../support/notification.ts';

const EVENT: CameraEvent = {
  id: '0123456789abcdef0123456789abcdef',
  device: 'entrance',
  serial: SERIAL,
  topic: PORT,
  kind: 'property',
  operation: 'changed',
  source: { port: 1 },
  key: {},
  data: { state: true },
  active: true,
  untyped: undefined,
  resync: undefined,
  aggregate: undefined,
  merged: undefined,
  cut: undefined,
  dropped: undefined,
  time: null,
  received: '2026-11-22T08:00:00.131Z',
  labels: {},
};

test('the payload has the number behind the id, and nothing that is undefined', () => {
  assert.equal(
    renderAxis2mqtt({ event: EVENT })(4711),
    '{"id":"0123456789abcdef0123456789abcdef","seq":4711,"device":"entrance","serial":"ACCC8E012345",' +
      '"topic":"tns1:Device/tnsaxis:IO/Port","kind":"property","operation":"changed","source":{"port":1},"key":{},' +
      '"data":{"state":true},"active":true,"time":null,"received":"2026-11-22T08:00:00.131Z","labels":{}}',
  );
});

test('each number has its own payload, equal but for it', () => {
  const render = renderAxis2mqtt({
    event: { ...EVENT, untyped: true, resync: true, data: { text: '","seq":0' } },
  });
  const [one, other] = [JSON.parse(render(1)), JSON.parse(render(2 ** 53 - 1))];
  assert.deepEqual({ ...other, seq: 1 }, one);
  assert.equal(other.seq, 2 ** 53 - 1);
  assert.equal(one.untyped && one.resync, true);
  assert.equal(one.data.text, '","seq":0');
});
