// The entities of a device: of its states and pulses by what it declares, of its readings by what was read.
import type { Item, ItemDeclaration } from '../event.ts';
import { itemsOf, lookOf } from './classes.ts';
import { nameOf, topicName, words } from './names.ts';
import { isReadable } from './template.ts';
import type { Entity, Look, Platform, ShownReading, Subject } from './types.ts';
import { lookOfValue } from './values.ts';

/** The state of a property, or a topic of pulses, and the other data items that the table names. */
export function entitiesOf(subject: Subject): Entity[] {
  const { topic, kind, source, key, data, aggregate, mqttTopic } = subject;
  const of = [topic, inOrder(source), inOrder(key)];
  const shared = { topic: mqttTopic, ...(aggregate ? { enabled: false } : {}) };
  const look = lookOf(topic);
  const make = (name: string, made: Pick<Entity, 'platform' | 'path'> & Look, item: string): Entity => ({
    ...made,
    ...shared,
    name: nameOf(made.name ?? name, [...source, ...key]),
    identity: [...of, item],
  });
  const others = itemsOf(topic)
    .filter(({ item }) => data.some(({ name }) => name === item))
    .map(({ item, look }) => make(words(item), { platform: 'sensor', path: ['data', item], ...look }, item));
  if (kind === 'event') return [make(topicName(topic), { ...ofPulse(look), path: [] }, ''), ...others];
  const state = data.find(item => item.state);
  // What is not declared as the state nobody can tell.
  if (state === undefined) return others;
  const made = ofType(state, look);
  // The event's `active` is a boolean alone: any other state is read where it stands.
  const path = made.platform === 'binary_sensor' ? ['active'] : ['data', state.name];
  return path.every(isReadable) ? [make(topicName(topic), { ...made, path }, state.name), ...others] : others;
}

/** One entity for each value that has a look. */
export function entitiesOfReading({ api, item, values, units, counters, mqttTopic }: ShownReading): Entity[] {
  return Object.entries(values).flatMap(([name, now]) => {
    const unit = Object.hasOwn(units, name) ? units[name] : undefined;
    const look = lookOfValue(api, { name, now, unit, counts: counters.includes(name) });
    if (look === undefined || !isReadable(name)) return [];
    return [
      {
        ...look,
        name: nameOf(look.name ?? words(name), itemName({ item, values })),
        identity: ['reading', api, item ?? null, name],
        topic: mqttTopic,
        path: ['values', name],
      },
    ];
  });
}

/** What tells it from the others: the name that a user gave it, as object analytics tells it, or its item. */
function itemName({ item, values }: Pick<ShownReading, 'item' | 'values'>): Item[] {
  const { scenario } = values;
  const value = typeof scenario === 'string' && scenario !== '' ? scenario : item;
  return value === undefined ? [] : [{ name: 'item', value }];
}

/** The only device class of the table that event entities have too. */
const PULSE_CLASS = 'motion';

function ofPulse({ deviceClass, ...look }: Look): Look & { platform: Platform } {
  return { platform: 'event', ...look, ...(deviceClass === PULSE_CLASS ? { deviceClass } : {}) };
}

const NUMBERS =
  /^(double|float|decimal|integer|(unsigned)?(int|long|short|byte)|(non)?(positive|negative)Integer)$/i;

/** What a state is by its declared type, and by what the table knows of it. */
function ofType({ type }: ItemDeclaration, look: Look): Look & { platform: Platform } {
  const { onOff, options, ...rest } = look;
  const local = type.slice(type.indexOf(':') + 1);
  if (local === 'boolean' || onOff) return { platform: 'binary_sensor', ...rest };
  // A device class of binary sensors is none of sensors.
  const { deviceClass: _, ...plain } = rest;
  if (options !== undefined) return { platform: 'sensor', ...plain, deviceClass: 'enum', options };
  return NUMBERS.test(local)
    ? { platform: 'sensor', stateClass: 'measurement', ...plain }
    : { platform: 'sensor', ...plain };
}

/** Two ways to hear a device need not say its items in the same order. */
function inOrder(items: readonly Item[]): (readonly [string, unknown])[] {
  return items
    .map(({ name, value }) => [name, value] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
