// The present state of all, for every broker or for one: a broker that is added later is shown it too.
import type { Payload, Present } from '../mqtt/present.ts';

export interface Board {
  /** Shows it to every broker, or to that one alone. */
  set(topic: string, payload: Payload, broker?: string): void;
  /** Shows it no more, and clears it where it was shown. */
  delete(topic: string, broker?: string): void;
  /** The same, and also where an earlier run may have shown it. */
  clear(topic: string, broker?: string): void;
  /** Shows a broker what is for it, and each change from then on; returns the end of that. */
  attach(broker: string, present: Present): () => void;
}

export function createBoard(): Board {
  /** By broker; undefined is for all. */
  const shown = new Map<string | undefined, Map<string, Payload>>();
  const presents = new Map<Present, string>();
  const shownTo = (broker: string | undefined) => shown.get(broker) ?? new Map<string, Payload>();
  const tell = (broker: string | undefined, change: (present: Present) => void) => {
    for (const [present, name] of presents) if (broker === undefined || broker === name) change(present);
  };
  return {
    set(topic, payload, broker) {
      shown.set(broker, shownTo(broker).set(topic, payload));
      tell(broker, present => present.set(topic, payload));
    },
    delete(topic, broker) {
      shownTo(broker).delete(topic);
      tell(broker, present => present.delete(topic));
    },
    clear(topic, broker) {
      shownTo(broker).delete(topic);
      tell(broker, present => present.set(topic, ''));
    },
    attach(broker, present) {
      presents.set(present, broker);
      for (const topics of [shownTo(undefined), shownTo(broker)])
        for (const [topic, payload] of topics) present.set(topic, payload);
      return () => presents.delete(present);
    },
  };
}
