// What a camera says in a while: each topic and source, how often, how large, and what to do with it.
import type { CameraEvent, Kind } from '../../event.ts';

/** Places that are told apart; a device that invents them must not grow it without end. */
const PLACES_MAX = 10_000;
/** Sizes that are kept of a place, the latest, for their median. */
const SIZES_MAX = 1000;

export interface Place {
  topic: string;
  source: CameraEvent['source'];
  kind: Kind;
  count: number;
  perMinute: number;
  /** Of the payload, in bytes. */
  size: { median: number; max: number };
  untyped: boolean;
  /** The last of its events. */
  sample: CameraEvent;
}

export interface Catalogue {
  add(event: CameraEvent): void;
  /** What was heard in so many ms, the most frequent first. */
  places(ms: number): Place[];
  /** Events of places that were too many to be told apart. */
  readonly left: number;
}

interface Counted {
  count: number;
  max: number;
  sizes: number[];
  untyped: boolean;
  last: CameraEvent;
}

export function createCatalogue(): Catalogue {
  const counted = new Map<string, Counted>();
  let left = 0;
  return {
    add(event) {
      const place = JSON.stringify([event.topic, event.source]);
      const known = counted.get(place) ?? { count: 0, max: 0, sizes: [], untyped: false, last: event };
      if (known.count === 0 && counted.size >= PLACES_MAX) {
        left += 1;
        return;
      }
      counted.set(place, known);
      const size = Buffer.byteLength(JSON.stringify(event));
      known.sizes[known.count % SIZES_MAX] = size;
      known.count += 1;
      known.max = Math.max(known.max, size);
      known.untyped ||= event.untyped === true;
      known.last = event;
    },
    places(ms) {
      const minutes = Math.max(ms, 1000) / 60_000;
      return [...counted.values()]
        .map(known => placeOf(known, minutes))
        .sort((one, other) => other.count - one.count || (one.topic < other.topic ? -1 : 1));
    },
    get left() {
      return left;
    },
  };
}

function placeOf({ count, max, sizes, untyped, last }: Counted, minutes: number): Place {
  const { topic, source, kind } = last;
  const sorted = sizes.toSorted((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const perMinute = Math.round((count / minutes) * 10) / 10;
  return { topic, source, kind, count, perMinute, size: { median, max }, untyped, sample: last };
}
