// Changes of states that wait for the event budget: of each state only the last one, let go in turn.
import type { Clock } from '../../util/clock.ts';
import type { Delivery } from '../outlet.ts';
import type { Bucket } from './bucket.ts';

/** A state that had to wait is published at most once in this time (ms), until it comes to rest. */
const WINDOW = 1_000;

export interface HeldOptions {
  bucket: Bucket;
  clock: Clock;
  publish(delivery: Delivery): Promise<void>;
  /** A change was merged into a later one. */
  merged(): void;
}

export interface Held {
  /** Whether the next change of this property has to wait, whatever is left of the budget. */
  has(place: string): boolean;
  /** Lets it wait; what waited of its property is merged into it. Resolves once it is published, or merged. */
  add(delivery: Delivery): Promise<void>;
  /** Publishes what waits of a property. */
  letGo(place: string): void;
  /** Publishes what may go by now. */
  release(): void;
  /** Publishes all that waits, and leaves no timer. */
  flush(): void;
}

interface Change {
  delivery: Delivery;
  /** How many were merged into it. */
  merged: number;
  settle(published?: Promise<void>): void;
}

export function createHeld({ bucket, clock, publish, merged }: HeldOptions): Held {
  /** By property, longest waiting first; no more than a source holds emits open. */
  const waiting = new Map<string, Change>();
  /** Properties that had to wait and were published within the last window, and the cancel of its end. */
  const windows = new Map<string, () => void>();
  let cancelWake: (() => void) | undefined;

  const letGo = (place: string) => {
    const change = waiting.get(place);
    waiting.delete(place);
    change?.settle(publish(marked(change)));
  };

  const openWindow = (place: string) => {
    const end = () => {
      windows.delete(place);
      release();
    };
    windows.set(place, clock.after(WINDOW, end));
  };

  const wakeLater = () => {
    cancelWake ??= clock.after(bucket.wait(), () => {
      cancelWake = undefined;
      release();
    });
  };

  const release = () => {
    for (const place of waiting.keys()) {
      if (windows.has(place)) continue;
      if (!bucket.take()) return wakeLater();
      letGo(place);
      openWindow(place);
    }
  };

  return {
    has: place => waiting.has(place) || windows.has(place),
    add(delivery) {
      const { place } = delivery;
      const before = waiting.get(place);
      const settled = new Promise<void>(settle => waiting.set(place, joined(before, delivery, settle)));
      if (before === undefined) release();
      else {
        merged();
        // Its emit must not stay open: with 64 of them the source stops reading, all of the device (DESIGN 4).
        before.settle();
      }
      return settled;
    },
    letGo,
    release,
    flush() {
      for (const place of waiting.keys()) letGo(place);
      for (const cancel of windows.values()) cancel();
      windows.clear();
      cancelWake?.();
      cancelWake = undefined;
    },
  };
}

/** What an earlier change of the property was to write down is still to be written. */
function joined(before: Change | undefined, delivery: Delivery, settle: Change['settle']): Change {
  if (before === undefined) return { delivery, merged: 0, settle };
  const fresh = before.delivery.fresh || delivery.fresh;
  const notes = delivery.notes.length > 0 ? delivery.notes : before.delivery.notes;
  return { delivery: { ...delivery, fresh, notes }, merged: before.merged + 1, settle };
}

function marked({ delivery, merged }: Change): Delivery {
  return merged === 0 ? delivery : { ...delivery, event: { ...delivery.event, merged } };
}
