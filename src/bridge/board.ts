// The present state of all, for every broker: one that is added later is shown it too.
import type { Payload, Present } from '../mqtt/present.ts';

export interface Board extends Present {
  /** Shows it all to a broker, and each change from then on; returns the end of that. */
  attach(present: Present): () => void;
}

export function createBoard(): Board {
  const shown = new Map<string, Payload>();
  const presents = new Set<Present>();
  return {
    set(topic, payload) {
      shown.set(topic, payload);
      for (const present of presents) present.set(topic, payload);
    },
    delete(topic) {
      shown.delete(topic);
      for (const present of presents) present.delete(topic);
    },
    attach(present) {
      presents.add(present);
      for (const [topic, payload] of shown) present.set(topic, payload);
      return () => presents.delete(present);
    },
  };
}
