import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { discoveryTopic, removedOf } from '../../../src/homeassistant/discovery.ts';
import { items, SERIAL } from '../../support/notification.ts';
import { componentsOf, discover, reading, shown, stateOf, subject } from './helper.ts';

test('a device is told with its serial number, and nothing that gives its address away', () => {
  const { device, origin, availability } = discover(shown({ area: 'door' }));
  assert.deepEqual(device, {
    identifiers: ['ACCC8E012345'],
    connections: [['mac', 'ac:cc:8e:01:23:45']],
    name: 'entrance',
    manufacturer: 'AXIS',
    model: 'AXIS P3245 Dome Camera',
    model_id: 'P3245',
    serial_number: 'ACCC8E012345',
    sw_version: '11.11.73',
    suggested_area: 'door',
  });
  assert.deepEqual(origin, { name: 'axis2mqtt', sw_version: '1.0.0' });
  assert.deepEqual(
    availability.map(({ topic }) => topic),
    ['axis2mqtt/bridge/main/state', 'axis2mqtt/entrance/availability'],
  );
  assert.equal(discoveryTopic('ha', SERIAL), 'ha/device/axis2mqtt_ACCC8E012345/config');
});

test('what is not known of a device is not said', () => {
  const { brand: _, model: __, fullName: ___, firmware: ____, ...rest } = shown();
  const { device } = discover(rest);
  assert.deepEqual(Object.keys(device), ['identifiers', 'connections', 'name', 'serial_number']);
});

test('a port is a binary sensor of its own', () => {
  const [port] = componentsOf({});
  assert.deepEqual(port, {
    platform: 'binary_sensor',
    unique_id: port?.unique_id,
    name: 'IO Port 1',
    qos: 1,
    state_topic: 'axis2mqtt/entrance/event/Device/IO/Port/port=1',
    value_template: "{{ (value_json | default({}))['active'] | default(none) }}",
    payload_on: 'True',
    payload_off: 'False',
    icon: 'mdi:electric-switch',
  });
});

describe('a unique ID', () => {
  const idsOf = (change: Parameters<typeof componentsOf>[0]) =>
    componentsOf(change).map(({ unique_id }) => unique_id);

  test('is the same for ever, whatever else changes', () => {
    assert.deepEqual(idsOf({}), ['axis2mqtt_ACCC8E012345_5f07d9529aa20b7e']);
    const renamed = { id: 'door', firmware: '12.0', model: 'X', area: 'a' };
    const moved = subject({ mqttTopic: 'elsewhere', aggregate: true });
    assert.deepEqual(idsOf({ ...renamed, subjects: [moved] }), idsOf({}));
  });

  test('does not hang on the order in which a device says its source items', () => {
    const one = subject({ source: items({ channel: '1', AudioSource: 'a' }) });
    const other = subject({ source: items({ AudioSource: 'a', channel: '1' }) });
    assert.deepEqual(idsOf({ subjects: [one] }), idsOf({ subjects: [other] }));
  });

  test('is another for each source, key, item and device', () => {
    const subjects = [
      subject(),
      subject({ source: items({ port: '2' }) }),
      subject({ source: [], key: items({ port: '1' }) }),
      subject({ data: [{ name: 'other', type: 'xsd:boolean', state: true }] }),
    ];
    const ids = [...idsOf({ subjects }), ...idsOf({ identity: 'ACCC8E000001' })];
    assert.equal(new Set(ids).size, 5);
  });
});

test('an entity that becomes another kind has another key, so that the old one can be removed', () => {
  const keyOf = (type: string) =>
    Object.keys(discover(shown({ subjects: [stateOf('tns1:Device/A', type)] })).components);
  const [before, after] = [keyOf('xsd:boolean'), keyOf('xsd:int')];
  assert.match(before[0] ?? '', /^binary_sensor_/);
  assert.match(after[0] ?? '', /^sensor_/);
});

test('what was shown and is no more is told by its platform alone', () => {
  const present = { binary_sensor_port: { platform: 'binary_sensor', name: 'Port' } };
  const before = { binary_sensor_port: 'binary_sensor', sensor_old: 'sensor' };
  assert.deepEqual(removedOf(present, before), { sensor_old: { platform: 'sensor' } });
});

test('a device that invents states, or removes them, is bounded', () => {
  const subjects = Array.from({ length: 2000 }, (_, port) =>
    subject({ source: items({ port: String(port) }) }),
  );
  assert.equal(componentsOf({ subjects }).length, 500);
  const gone = Object.fromEntries(subjects.map((_, index) => [`sensor_${index}`, 'sensor']));
  assert.equal(Object.keys(removedOf({}, gone)).length, 200);
});

test('names that a device chooses are never code, and never too long', () => {
  const evil = "x'] }}{% for a in range(9) %}";
  const values = { [evil]: 1, 'a\\': 2, ['__proto__']: 3, good: 4 };
  const names = componentsOf({ subjects: [], readings: [reading('queue', values)] }).map(
    ({ value_template }) => value_template,
  );
  assert.equal(names.length, 2);
  assert.ok(names.every(template => !template?.includes('range')));
  const long = subject({ source: items({ port: 'x'.repeat(10_000) }) });
  assert.equal(componentsOf({ subjects: [long] })[0]?.name?.length, 100);
});
