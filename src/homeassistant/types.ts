// The words of this room: a device as it is to be shown, an entity, and what Home Assistant reads of them.
import type { Item, ItemDeclaration, Values } from '../event.ts';

export type Platform = 'binary_sensor' | 'sensor' | 'event';

/** How an entity looks, in the terms of Home Assistant; what is left out is Home Assistant's own choice. */
export interface Look {
  name?: string;
  deviceClass?: string;
  icon?: string;
  /** In Home Assistant's spelling, such as `°C`. */
  unit?: string;
  stateClass?: 'measurement' | 'total_increasing';
  /** About the device rather than what it sees. */
  diagnostic?: boolean;
  /** False: there, but switched off until somebody wants it. */
  enabled?: boolean;
  /** It is on or off, though it is declared as a text: `active` and `inactive`, `ON` and `OFF`. */
  onOff?: true;
  /** All the words of a state that has a few. */
  options?: readonly string[];
  /** The numbers that stand for not knowing it. */
  unknown?: readonly number[];
}

/** One entity, before it is written down as Home Assistant reads it. */
export interface Entity extends Look {
  platform: Platform;
  /** What it is of, the same for ever: names and firmware may change, this may not. */
  identity: readonly unknown[];
  name: string;
  /** The MQTT topic, or filter, of its messages. */
  topic: string;
  /** Where in the JSON payload its state is. */
  path: readonly string[];
}

/** An entity that makes the device do something. */
export interface CommandEntity {
  platform: 'button' | 'siren' | 'switch';
  identity: readonly unknown[];
  name: string;
  icon: string;
  /** What Home Assistant sends where, in its own terms. */
  sends: Readonly<Record<string, unknown>>;
}

/** What may be asked of the device, and what it has for that. */
export interface ShownCommands {
  /** `{base}/{device}/command`. */
  topic: string;
  allowed: readonly string[];
  /** Of its siren and light. */
  profiles: readonly string[];
  /** How many ports there are, and the numbers of those that can be set; they count from 1. */
  ports: { count: number; outputs: readonly number[] };
}

/** A state of the device that is known, or one of its topics of pulses. */
export interface Subject {
  topic: string;
  kind: 'property' | 'event';
  /** Its items, values as the device says them; a pulse is all of its topic's at once and has none. */
  source: readonly Item[];
  key: readonly Item[];
  data: readonly ItemDeclaration[];
  /** It only says once more what one of several says. */
  aggregate: boolean;
  /** Where its messages go. */
  mqttTopic: string;
}

/** The last reading of one thing. */
export interface ShownReading {
  api: string;
  item: string | undefined;
  values: Values;
  units: Readonly<Record<string, string>>;
  counters: readonly string[];
  mqttTopic: string;
}

/** All that is told of a device. */
export interface ShownDevice {
  /** The device ID, which is its name. */
  id: string;
  serial: string;
  /** What it is known by for ever: the serial number, or another word where another camera tells the same one. */
  identity: string;
  brand?: string;
  model?: string;
  fullName?: string;
  firmware?: string;
  area?: string;
  /** Topics that say whether the device, and the bridge, are there: JSON with a `state`. */
  availability: readonly string[];
  subjects: readonly Subject[];
  readings: readonly ShownReading[];
  /** Left out where none is taken at the broker. */
  commands?: ShownCommands;
  /** False while it is not known what it declares or has, or what was read of it before was not read again. */
  complete: boolean;
}
