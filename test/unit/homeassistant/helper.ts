// A device as Home Assistant is to see it, for tests: one I/O port unless a test says otherwise.
import type { Json } from '../../../src/event.ts';
import { discoveryOf } from '../../../src/homeassistant/discovery.ts';
import type { ShownDevice, ShownReading, Subject } from '../../../src/homeassistant/types.ts';
import { type Component, checkDiscovery, type DiscoveryPayload } from '../../support/homeassistant.ts';
import { items, PORT, SERIAL } from '../../support/notification.ts';

/** Port 1, but for `change`. */
export function subject(change: Partial<Subject> = {}): Subject {
  return {
    topic: PORT,
    kind: 'property',
    source: items({ port: '1' }),
    key: [],
    data: [{ name: 'state', type: 'xsd:boolean', state: true }],
    aggregate: false,
    mqttTopic: 'axis2mqtt/entrance/event/Device/IO/Port/port=1',
    ...change,
  };
}

/** A topic of one state of that type, without source items. */
export function stateOf(topic: string, type = 'xsd:boolean'): Subject {
  return subject({ topic, source: [], data: [{ name: 'state', type, state: true }] });
}

export function reading(
  api: string,
  values: Record<string, Json>,
  change: Partial<ShownReading> = {},
): ShownReading {
  const mqttTopic = `axis2mqtt/entrance/reading/${api}`;
  return { api, item: undefined, values, units: {}, counters: [], mqttTopic, ...change };
}

export function shown(change: Partial<ShownDevice> = {}): ShownDevice {
  return {
    id: 'entrance',
    serial: SERIAL,
    identity: SERIAL,
    brand: 'AXIS',
    model: 'P3245',
    fullName: 'AXIS P3245 Dome Camera',
    firmware: '11.11.73',
    availability: ['axis2mqtt/bridge/main/state', 'axis2mqtt/entrance/availability'],
    subjects: [subject()],
    readings: [],
    complete: true,
    ...change,
  };
}

/** The payload as Home Assistant reads it, once its rules are checked. */
export function discover(device: ShownDevice): DiscoveryPayload {
  const payload = discoveryOf(device, { name: 'axis2mqtt', version: '1.0.0' });
  return checkDiscovery(`homeassistant/device/axis2mqtt_${SERIAL}/config`, JSON.stringify(payload));
}

export function componentsOf(change: Partial<ShownDevice>): Component[] {
  return Object.values(discover(shown(change)).components);
}
