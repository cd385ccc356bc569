// The property states of a device: a property is a topic with its source and key items (ONVIF Core, Property Events).
import type { Topic } from './catalogue.ts';
import { type Pair, toPairs } from './items.ts';

interface Property {
  topic: string;
  source: readonly Pair[];
  key: readonly Pair[];
}

export interface State extends Property {
  data: readonly Pair[];
  /** UtcTime of its last change; none for a state since the start. */
  time?: string;
}

export interface States {
  has(property: Property): boolean;
  /** Remembers a state. */
  put(state: State): void;
  /** Forgets a property; true where it was known. */
  remove(property: Property): boolean;
  all(): Iterable<State>;
}

/** States that start as the catalogue says. */
export function createStates(topics: readonly Topic[]): States {
  const states = new Map<string, State>(initialStates(topics));
  return {
    has: property => states.has(identity(property)),
    put: state => void states.set(identity(state), state),
    remove: property => states.delete(identity(property)),
    all: () => states.values(),
  };
}

const cache = new WeakMap<readonly Topic[], (readonly [string, State])[]>();

/** The same objects for every device with this catalogue, so that a thousand devices stay small. */
function initialStates(topics: readonly Topic[]): (readonly [string, State])[] {
  const cached = cache.get(topics);
  if (cached) return cached;
  const entries = topics.flatMap(({ topic, initial }) =>
    initial.map(({ source, data }) => {
      const state: State = { topic, source: toPairs(source), key: [], data: toPairs(data) };
      return [identity(state), state] as const;
    }),
  );
  cache.set(topics, entries);
  return entries;
}

function identity({ topic, source, key }: Property): string {
  return JSON.stringify([topic, sorted(source), sorted(key)]);
}

function sorted(pairs: readonly Pair[]): string[] {
  return pairs.map(pair => JSON.stringify(pair)).sort();
}
