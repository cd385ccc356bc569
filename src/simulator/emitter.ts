// How a device says its events: one at a time, many at once, ready-made, or raw; and which states it keeps.
import type { Operation } from '../event.ts';
import type { Core, Shot } from './core.ts';
import { type Groups, type Pair, toPairs } from './items.ts';
import { type Message, metadataDocument, prepareDocument } from './rtsp/metadata.ts';
import type { State } from './states.ts';

interface EmitOptions {
  /** Default: none for a topic that is no declared property, else `initialized` the first time and `changed` after. */
  operation?: Operation | null;
  /** UtcTime as it will stand there. Default: the device's clock. */
  time?: string;
}

/** One event as one writes it in code and scenarios. */
export interface SimulatedEvent extends Groups, EmitOptions {
  topic: string;
}

interface PreparedShape {
  source?: Groups['source'];
  /** Data items in the order in which the values will come. */
  dataNames: readonly string[];
  operation?: Operation;
}

/** Sends with these data values; the number of sessions that it went to. */
type Prepared = (values: readonly string[]) => number;

export interface Emitter {
  /** Sends to every playing session, and keeps the state of a property for the next PLAY. */
  emit(topic: string, groups?: Groups, options?: EmitOptions): void;
  /** Sends so many events at once. Default: port 1 opens and closes. */
  burst(count: number, event?: SimulatedEvent | ((index: number) => SimulatedEvent)): void;
  /** Says that a property is gone (`Deleted`), without its data unless they are given. */
  remove(property: { topic: string } & Groups): void;
  /** Sends a document as it is, well-formed or not, as RTP packets. */
  emitRaw(document: string): void;
  /** All of an event but its time and data values is built once: for load. */
  prepare(topic: string, shape: PreparedShape): Prepared;
}

export function createEmitter(core: Core): Emitter {
  function playing() {
    return [...core.connections].filter(connection => connection.playing);
  }

  function send(messages: readonly Message[]): void {
    for (const connection of playing()) connection.gather(() => connection.deliver(messages));
  }

  return {
    emit: (topic, groups, options) => send([toMessage(core, { topic, ...groups, ...options })]),
    burst(count, event = portToggle) {
      const make = typeof event === 'function' ? event : () => event;
      send(Array.from({ length: count }, (_, index) => toMessage(core, make(index))));
    },
    remove: property => send([toMessage(core, { ...property, operation: 'deleted' })]),
    emitRaw(document) {
      for (const connection of playing()) connection.sendRaw(document);
    },
    prepare: (topic, shape) => prepare(core, topic, shape),
  };
}

/** Port 1 opens at every even index and closes at every odd one. */
export function portToggle(index: number): SimulatedEvent {
  return { topic: 'tns1:Device/tnsaxis:IO/Port', source: { port: 1 }, data: { state: index % 2 === 0 } };
}

/** One event, for what is sent in pieces. */
export function shotOf(core: Core, event: SimulatedEvent): Shot {
  const message = toMessage(core, event);
  return {
    topic: message.topic,
    document: () => metadataDocument([message], core.settings.oddities),
    message: () => message,
  };
}

function toMessage(core: Core, event: SimulatedEvent): Message {
  const { topic, time = core.stamp() } = event;
  const property = { topic, source: toPairs(event.source), key: toPairs(event.key) };
  const data = toPairs(event.data);
  const operation = event.operation === undefined ? usualOperation(core, property) : event.operation;
  if (operation === null) return { ...property, time, data };
  if (operation !== 'deleted') {
    core.states.put({ ...property, data, time });
    return { ...property, time, operation, data };
  }
  core.states.remove(property);
  return { ...property, time, operation, ...(event.data ? { data } : {}) };
}

function usualOperation(core: Core, property: Omit<State, 'data'>): Operation | null {
  const declared = core.settings.topics.find(({ topic }) => topic === property.topic);
  if (!declared?.property) return null;
  return core.states.has(property) ? 'changed' : 'initialized';
}

function prepare(core: Core, topic: string, { source, dataNames, operation }: PreparedShape): Prepared {
  const property = { topic, source: toPairs(source), key: [] };
  const write = prepareDocument(
    operation ? { ...property, operation } : property,
    dataNames,
    core.settings.oddities,
  );
  let last: readonly string[] = [];
  const state: State = {
    ...property,
    get data() {
      return dataNames.map((name, index): Pair => [name, last[index] ?? '']);
    },
  };
  const shoot = (values: readonly string[]): Shot => {
    const time = core.stamp();
    const data = () => dataNames.map((name, index): Pair => [name, values[index] ?? '']);
    let document: string | undefined;
    return {
      topic,
      document: () => (document ??= write(time, values)),
      message: () => ({ ...property, time, ...(operation ? { operation } : {}), data: data() }),
    };
  };
  return values => {
    if (operation && last.length === 0) core.states.put(state);
    last = values;
    const shot = shoot(values);
    let count = 0;
    for (const connection of core.connections) {
      if (connection.playing && connection.send(shot)) count += 1;
    }
    return count;
  };
}
