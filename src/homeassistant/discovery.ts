// What Home Assistant is told of a device: one payload of its device based MQTT discovery (2024.11 or later).
import { createHash } from 'node:crypto';
import { commandEntitiesOf } from './commands.ts';
import { entitiesOf, entitiesOfReading } from './entities.ts';
import { AVAILABLE, EVENT_TYPE, PULSE, valueAt } from './template.ts';
import type { CommandEntity, Entity, ShownDevice } from './types.ts';

/** The components of a payload by their key: how each looks, or its platform alone, which removes it. */
export type Components = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Discovery {
  device: Readonly<Record<string, unknown>>;
  origin: Readonly<Record<string, string>>;
  availability: readonly Readonly<Record<string, string>>[];
  availability_mode: 'all';
  qos: 1;
  components: Components;
}

/** A device has a few hundred at most: more are a device that invents them. */
const ENTITIES_MAX = 500;
/** Removed entities that are still said to be so. */
const REMOVED_MAX = 200;

/** The topic of a device's payload. */
export function discoveryTopic(prefix: string, identity: string): string {
  return `${prefix}/device/axis2mqtt_${identity}/config`;
}

/** What a device is known by; `shared`: another one is known by that serial number already. */
export function identityOf({ id, serial }: { id: string; serial: string }, shared: boolean): string {
  // Home Assistant takes these characters alone in a topic of discovery.
  const plain = /^[\w-]+$/.test(serial) ? serial : hashOf(serial);
  return shared ? `${plain}_${hashOf(id)}` : plain;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The payload of a device; `origin`: who says so. */
export function discoveryOf(device: ShownDevice, origin: { name: string; version: string }): Discovery {
  return {
    device: deviceOf(device),
    origin: { name: origin.name, sw_version: origin.version },
    availability: device.availability.map(topic => ({ topic, value_template: AVAILABLE })),
    availability_mode: 'all',
    qos: 1,
    components: componentsOf(device),
  };
}

/**
 * Those of `before` that are not among `present`: told by their platform alone, since what a payload merely leaves out
 * Home Assistant keeps. `before`: platforms by key, the oldest first.
 */
export function removedOf(present: Components, before: Readonly<Record<string, string>>): Components {
  const gone = Object.entries(before).filter(([key]) => !Object.hasOwn(present, key));
  return Object.fromEntries(gone.slice(-REMOVED_MAX).map(([key, platform]) => [key, { platform }]));
}

function deviceOf(device: ShownDevice): Discovery['device'] {
  const { id, serial, identity, brand, model, fullName, firmware, area } = device;
  // The serial number is the MAC address (PROTOCOLS 10). Two devices with one MAC address are one to Home Assistant.
  const isMac = identity === serial && /^[0-9A-F]{12}$/.test(serial);
  return {
    identifiers: [identity],
    connections: isMac ? [['mac', serial.toLowerCase().replaceAll(/(..)(?!$)/g, '$1:')]] : undefined,
    name: id,
    manufacturer: brand,
    model: fullName ?? model,
    model_id: model,
    serial_number: serial,
    sw_version: firmware,
    suggested_area: area,
  };
}

function componentsOf({ identity, subjects, readings, commands }: ShownDevice): Components {
  const entities = [
    ...(commands === undefined ? [] : commandEntitiesOf(commands, subjects)),
    ...subjects.flatMap(entitiesOf),
    ...readings.flatMap(entitiesOfReading),
  ];
  return Object.fromEntries(
    entities.slice(0, ENTITIES_MAX).map(entity => {
      const hash = hashOf(JSON.stringify(entity.identity));
      const uniqueId = `axis2mqtt_${identity}_${hash}`;
      const component = 'sends' in entity ? commandOf(entity, uniqueId) : componentOf(entity, uniqueId);
      // With its platform: an entity that becomes another kind is removed, and added.
      return [`${entity.platform}_${hash}`, component];
    }),
  );
}

function commandOf({ platform, name, icon, sends }: CommandEntity, uniqueId: string): Components[string] {
  return { platform, unique_id: uniqueId, name, icon, qos: 1, ...sends };
}

function componentOf(entity: Entity, uniqueId: string): Components[string] {
  const { platform, name, topic, deviceClass, icon, unit, stateClass, diagnostic, enabled } = entity;
  return {
    platform,
    unique_id: uniqueId,
    name,
    // Older releases do not take it from the device's level.
    qos: 1,
    state_topic: topic,
    ...stateOf(entity),
    device_class: deviceClass,
    unit_of_measurement: unit,
    state_class: stateClass,
    icon,
    entity_category: diagnostic ? 'diagnostic' : undefined,
    enabled_by_default: enabled === false ? false : undefined,
  };
}

/** How the state is read; true and false as Jinja writes them. */
function stateOf({ platform, path, options, unknown }: Entity) {
  if (platform === 'event') return { value_template: PULSE, event_types: [EVENT_TYPE] };
  const read = { value_template: valueAt(path, unknown) };
  if (platform === 'sensor') return { ...read, options };
  return { ...read, payload_on: 'True', payload_off: 'False' };
}
