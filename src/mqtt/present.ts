// Present state: retained messages that go past the queue, of which only the latest counts.

/** The text, or how to get it when it is sent, so that it need not be kept. */
export type Payload = string | (() => string);

/** What one broker is to show just now; `set` and `delete` take effect at once where it is connected, else later. */
export interface Present {
  set(topic: string, payload: Payload): void;
  /** Clears the retained message, with a zero-byte payload. */
  delete(topic: string): void;
}

/** The publisher's side of it. */
export interface PresentReader extends Present {
  /** All of it is to be sent again: a new connection, where what was refused may be allowed by now. */
  restart(): void;
  /** The next message to send, oldest change first. */
  next(): { topic: string; payload: string } | undefined;
  /** The broker has this: a cleared topic may be forgotten. */
  arrived(topic: string): void;
  /** The broker does not take it: not to be sent on this connection again, or, if it ended that, on no other either. */
  block(topic: string, ended: boolean): void;
  /** Calls back at each change; returns the cancel. */
  onChange(callback: () => void): () => void;
}

/** An empty one; it belongs to one publisher. */
export function createPresent(): PresentReader {
  const entries = new Map<string, Payload>();
  const changed = new Set<string>();
  const blocked = new Map<string, { ended: boolean }>();
  const listeners = new Set<() => void>();
  const set = (topic: string, payload: Payload) => {
    entries.set(topic, payload);
    changed.add(topic);
    for (const listener of listeners) listener();
  };
  return {
    set,
    delete(topic) {
      if (entries.has(topic)) set(topic, '');
    },
    restart() {
      for (const [topic, { ended }] of blocked) if (!ended) blocked.delete(topic);
      for (const topic of entries.keys()) changed.add(topic);
    },
    next() {
      for (const topic of changed) {
        changed.delete(topic);
        const payload = blocked.has(topic) ? undefined : entries.get(topic);
        if (payload !== undefined)
          return { topic, payload: typeof payload === 'string' ? payload : payload() };
      }
      return undefined;
    },
    arrived(topic) {
      if (entries.get(topic) === '') entries.delete(topic);
    },
    block: (topic, ended) => void blocked.set(topic, { ended }),
    onChange(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
  };
}
