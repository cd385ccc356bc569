// The last known state of each property of a device, over connections and restarts.
import { createHash } from 'node:crypto';
import type { Operation } from '../event.ts';
import type { Identity } from '../normalize.ts';
import type { Note, Notes } from './outlet.ts';

export interface Learned {
  /** Not seen on this connection before. */
  fresh: boolean;
  /** It differs from what was known from before a gap (DESIGN 3.2). */
  resync: boolean;
  notes: Note[];
}

export interface States {
  /** A new connection: what is known now is from before it. */
  connect(): void;
  /** Whether this connection has said this property yet. */
  seen(identity: Identity): boolean;
  learn(identity: Identity, operation: Operation): Learned;
}

interface Known {
  data: string;
  connection: number;
}

/** A key of the store is bounded (LMDB: 1,978 bytes), and what is only compared need not be long. */
const TEXT_MAX = 300;
/** Properties remembered of one device; more are a device that invents them. */
const PROPERTIES_MAX = 10_000;

/** Takes up what the notes hold of the device. */
export function createStates(device: string, notes: Notes): States {
  const prefix = `state/${device}/`;
  const known = new Map<string, Known>();
  let connection = 0;
  for (const { key, value } of notes.notes(prefix))
    known.set(key.slice(prefix.length), { data: value, connection });

  return {
    connect() {
      connection += 1;
    },
    seen: ({ place }) => known.get(short(place))?.connection === connection,
    learn(identity, operation) {
      const place = short(identity.place);
      const data = short(identity.data);
      const before = known.get(place);
      const fresh = before?.connection !== connection;
      const key = prefix + place;
      if (operation === 'deleted') {
        known.delete(place);
        return { fresh, resync: false, notes: [{ key, value: null }] };
      }
      if (before === undefined && known.size >= PROPERTIES_MAX) return { fresh, resync: false, notes: [] };
      known.set(place, { data, connection });
      const changed = before?.data !== data;
      const resync = operation === 'initialized' && before !== undefined && fresh && changed;
      return { fresh, resync, notes: changed ? [{ key, value: data }] : [] };
    },
  };
}

function short(text: string): string {
  return text.length <= TEXT_MAX ? text : createHash('sha256').update(text).digest('hex');
}
