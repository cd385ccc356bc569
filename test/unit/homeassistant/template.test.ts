// What Home Assistant's own template engine makes of our payloads.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createReadings } from '../../../src/camera/polling/readings.ts';
import type { Notification, TopicDeclaration } from '../../../src/event.ts';
import { AVAILABLE, PULSE, valueAt } from '../../../src/homeassistant/template.ts';
import { normalize } from '../../../src/normalize/normalize.ts';
import { renderAxis2mqtt } from '../../../src/routing/formats/axis2mqtt.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { needJinja, render } from '../../support/jinja.ts';
import { declared, items, SERIAL, said } from '../../support/notification.ts';
import { createHouse } from '../camera/helper.ts';

const HERE = { device: 'entrance', serial: SERIAL, labels: {}, received: 0 };

function payloadOf(notification: Notification, declaration: TopicDeclaration = declared()): string {
  const context = { ...HERE, id: 'f'.repeat(32), operation: 'initialized', resync: false } as const;
  return renderAxis2mqtt({ event: normalize(notification, { ...context, declaration }) })(1);
}

describe('a template', needJinja(), () => {
  test('reads a state: true and false by `active`, a word and a number where they stand', () => {
    const state = (value: string, type: string, path = ['data', 'state']) =>
      render(
        valueAt(path),
        payloadOf(
          said({ data: items({ state: value }) }),
          declared({ data: [{ name: 'state', type, state: true }] }),
        ),
      );
    assert.equal(state('1', 'xsd:boolean', ['active']), 'True');
    assert.equal(state('0', 'xsd:boolean', ['active']), 'False');
    assert.equal(state('inactive', 'tt:RelayLogicalState', ['active']), 'False');
    assert.equal(state('open', 'xsd:string', ['active']), 'None');
    assert.equal(state('open', 'xsd:string'), 'open');
    assert.equal(state('112.5', 'xsd:double'), '112.5');
    assert.equal(state('0', 'xsd:int'), '0');
  });

  test('says None, which is unknown, of a state that is deleted, cleared or not said', () => {
    const deleted = payloadOf(said({ operation: 'deleted', data: [] }));
    for (const payload of [deleted, '', '{}']) assert.equal(render(valueAt(['active']), payload), 'None');
  });

  test('reads a data item, whatever characters its name has', () => {
    const payload = payloadOf(said({ data: items({ 'PM2.5': '7.5', wear: '-3' }) }));
    assert.equal(render(valueAt(['data', 'PM2.5']), payload), '7.5');
    assert.equal(render(valueAt(['data', 'CO2']), payload), 'None');
    assert.equal(render(valueAt(['data', 'PM2.5']), ''), 'None');
  });

  test('says None of the number that stands for not knowing', () => {
    const wear = (value: number) =>
      render(valueAt(['values', 'wear'], [-1, -3]), JSON.stringify({ values: { wear: value } }));
    assert.deepEqual([wear(-1), wear(-3), wear(3), wear(-2)], ['None', 'None', '3', '-2']);
    assert.equal(render(valueAt(['values', 'wear'], [-1, -3]), ''), 'None');
  });

  test('reads a polled value', async () => {
    const values = { in: 12, full: false, status: 'OK' };
    const reading = { api: 'storage', item: 'SD', values, units: {}, counters: [], time: null };
    const { outlet, notes, readings } = createHouse();
    const clock = createFakeClock();
    const all = createReadings({ ...HERE, serial: () => SERIAL, notes, outlet, clock });
    await all.publish('storage', [reading], 'always');
    const payload = JSON.stringify(readings[0]?.payload);
    const read = (name: string) => render(valueAt(['values', name]), payload);
    assert.deepEqual(['in', 'full', 'status', 'other'].map(read), ['12', 'False', 'OK', 'None']);
    assert.equal(render(valueAt(['values', 'in']), ''), 'None');
  });

  test('makes a pulse an event with its items as attributes', () => {
    const data = { text: 'ABC 123', event_type: 'mine', 'not-a-name': '1' };
    const payload = payloadOf(
      said({ data: items(data) }),
      declared({ property: false, source: [], data: [] }),
    );
    assert.deepEqual(JSON.parse(render(PULSE, payload)), { port: '1', ...data, event_type: 'triggered' });
    assert.equal(render(PULSE, ''), '');
  });

  test('says whether a device, and the bridge, are there', () => {
    const available = (payload: string) => render(AVAILABLE, payload);
    const states = ['online', 'degraded', 'offline'].map(state => available(JSON.stringify({ state })));
    assert.deepEqual(states, ['online', 'online', 'offline']);
    assert.equal(available(''), 'offline');
  });
});
