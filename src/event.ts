// The domain's types: what a source says (Notification) and what the bridge says (CameraEvent).

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** What a source reports of a property; an event that is no property has none. */
export type Operation = 'initialized' | 'changed' | 'deleted';

/** One SimpleItem (its text as said) or one ElementItem (its XML as nested JSON). */
export interface Item {
  name: string;
  value: Json;
}

/** One occurrence as a device said it, before any typing: every item, in the order it came. */
export interface Notification {
  /** The ONVIF topic path with the prefixes `tns1:` and `tnsaxis:`, whatever prefixes the message used. */
  topic: string;
  /** The device's own time as said (ISO 8601, UTC), null where it said none. */
  time: string | null;
  /** Only where the message itself says it (RTSP, PullPoint). */
  operation?: Operation;
  source: Item[];
  key: Item[];
  data: Item[];
}

/** What a device said and nobody can read. */
export interface Unreadable {
  /** In words; quotes no more than a few characters of it. */
  reason: string;
  /** Of the event that is lost, where that much is known. */
  topic?: string;
  /** How many events are lost: 0 where it was none; left out where that is unknown. */
  count?: number;
}

export type Kind = 'property' | 'event';

/** Typed values by item name. */
export type Values = { [name: string]: Json };

/** One event as the bridge publishes it (all but `seq`, which belongs to a route and a broker). */
export interface CameraEvent {
  id: string;
  device: string;
  serial: string;
  topic: string;
  kind: Kind;
  operation: Operation | undefined;
  source: Values;
  key: Values;
  data: Values;
  /** What the declared state item says, where that is a boolean in some spelling. */
  active: boolean | undefined;
  untyped: true | undefined;
  resync: true | undefined;
  /** It only says that one of several did something, which says so itself too. */
  aggregate: true | undefined;
  /** How many changes before it the event budget merged into it. */
  merged: number | undefined;
  /** Items that a field rule cut short. */
  cut: readonly string[] | undefined;
  /** Items that a field rule took out. */
  dropped: readonly string[] | undefined;
  /** Items whose values a route tells only as a hash. */
  hashed?: readonly string[] | undefined;
  time: string | null;
  /** When the bridge read it: ISO 8601, UTC, milliseconds. */
  received: string;
  labels: Readonly<Record<string, string>>;
}

/** An event, and what the device said. */
export interface Occurrence {
  event: CameraEvent;
  said: Notification;
}

/** What a poller read of one thing: a counter, a port, a sensor, a disk … */
export interface Reading {
  /** The name in the topic, such as `people-counter`. */
  api: string;
  /** Which of several; undefined where there is but one. */
  item: string | undefined;
  values: Values;
  /** Units by the name of a value, where it has one, as UCUM writes them: `Cel`, `By`, `%`, `s`. */
  units: Readonly<Record<string, string>>;
  /** Names of the values that count up since a reset. */
  counters: readonly string[];
  /** The device's own time, UTC, ISO 8601; null where it said none. */
  time: string | null;
}

/** One item as the device declares it (GetEventInstances). */
export interface ItemDeclaration {
  name: string;
  /** The XML type as declared, such as `xsd:int`. */
  type: string;
  /** True for the item that is the property's state (`isPropertyState`). */
  state?: true;
}

/** One topic as the device declares it. */
export interface TopicDeclaration {
  topic: string;
  property: boolean;
  source: ItemDeclaration[];
  key: ItemDeclaration[];
  data: ItemDeclaration[];
}

/** All that a device declares, by normalized topic. */
export type Declarations = ReadonlyMap<string, TopicDeclaration>;
