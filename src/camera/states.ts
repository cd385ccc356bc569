// The last known state of each property of a device, over connections and restarts.
import { createHash } from 'node:crypto';
import type { Operation } from '../event.ts';
import { type Identity, type Property, propertyOf } from '../normalize/identity.ts';
import type { Note, Notes } from './outlet.ts';

export interface Learned {
  /** Not seen on this connection before. */
  fresh: boolean;
  /** It differs from what was known from before a gap (DESIGN 3.2). */
  resync: boolean;
  notes: readonly Note[];
}

export interface States {
  /** A new connection: what is known now is from before it. */
  connect(): void;
  /** Whether this connection has said this property yet. */
  seen(identity: Identity): boolean;
  /** Whether that is just what this connection said of the property last. */
  holds(identity: Identity): boolean;
  learn(identity: Identity, operation: Operation): Learned;
  /** Properties that are known from before this connection and were not said on it. */
  unsaid(): Property[];
}

export interface StatesOptions {
  device: string;
  notes: Notes;
  /** One copy of a text for all who keep it. */
  intern(text: string): string;
}

/** Bytes: a key of the store is bounded (LMDB: 1,978, with the device's name in front). */
const KEY_MAX = 1_400;
/** Characters: what is only compared need not be long. */
const TEXT_MAX = 300;
/** Properties remembered of one device; more are a device that invents them. */
const PROPERTIES_MAX = 10_000;
const NONE: readonly Note[] = [];

/** Takes up what the notes hold of the device. */
export function createStates({ device, notes, intern }: StatesOptions): States {
  const prefix = `state/${device}/`;
  /** What this connection said, by property. */
  let said = new Map<string, string>();
  /** What was known before it, and was not said since. */
  let before = new Map<string, string>();
  for (const { key, value } of notes.notes(prefix))
    before.set(intern(key.slice(prefix.length)), intern(value));

  const forget = (place: string): Note[] => {
    said.delete(place);
    before.delete(place);
    return [{ key: prefix + place, value: null }];
  };

  return {
    connect() {
      before = new Map([...before, ...said]);
      said = new Map();
    },
    unsaid: () => [...before.keys()].flatMap(place => propertyOf(place) ?? []),
    seen: ({ place }) => said.has(keyOf(place)),
    holds: ({ place, data }) => said.get(keyOf(place)) === short(data),
    learn(identity, operation) {
      const place = keyOf(identity.place);
      const data = short(identity.data);
      const fresh = !said.has(place);
      if (operation === 'deleted') return { fresh, resync: false, notes: forget(place) };
      const known = fresh ? before.get(place) : said.get(place);
      if (known === undefined && said.size + before.size >= PROPERTIES_MAX)
        return { fresh: false, resync: false, notes: NONE };
      said.set(intern(place), intern(data));
      before.delete(place);
      const changed = known !== data;
      const resync = operation === 'initialized' && fresh && known !== undefined && changed;
      return { fresh, resync, notes: changed ? [{ key: prefix + place, value: data }] : NONE };
    },
  };
}

/** A key of the store; one that is hashed cannot be read as a property again. */
function keyOf(place: string): string {
  return Buffer.byteLength(place) <= KEY_MAX ? place : hash(place);
}

function short(text: string): string {
  return text.length <= TEXT_MAX ? text : hash(text);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
