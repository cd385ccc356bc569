// Present state: retained messages that go past the queue, of which only the latest counts.

/** The text, or how to get it when it is sent, so that it need not be kept, in as few bytes as the broker takes. */
export type Payload = string | ((room: number) => string);

/** What one broker is to show just now; `set` and `delete` take effect at once where it is connected, else later. */
export interface Present {
  set(topic: string, payload: Payload): void;
  /** Clears the retained message, with a zero-byte payload. */
  delete(topic: string): void;
}

export interface PresentMessage {
  topic: string;
  payload: string;
}

/** What a broker takes just now. */
export interface Allowance {
  /** The bytes of payload that it takes on a topic. */
  roomFor(topic: string): number;
  /** Whether what is on that topic has to wait until it is asked for. */
  mustWait(topic: string): boolean;
}

/** The publisher's side of it. */
export interface PresentReader extends Present {
  /** All of it is to be sent again: a new connection, where what was refused may be allowed by now. */
  restart(): void;
  /** The next message to send, oldest change first. */
  next(allowance: Allowance): PresentMessage | undefined;
  /** It has to wait: only `takePostponed` gives it. */
  postpone(topic: string): void;
  hasPostponed(): boolean;
  /** At most `max` of what was postponed, the smallest first. */
  takePostponed(max: number, allowance: Allowance): PresentMessage[];
  /** The broker has this: a cleared topic may be forgotten. */
  arrived(topic: string): void;
  /** The broker does not take it: not to be sent on this connection again. */
  block(topic: string): void;
  /** Calls back at each change; returns the cancel. */
  onChange(callback: () => void): () => void;
}

/** An empty one; it belongs to one publisher. */
export function createPresent(): PresentReader {
  const entries = new Map<string, Payload>();
  const changed = new Set<string>();
  const postponed = new Set<string>();
  const blocked = new Set<string>();
  const listeners = new Set<() => void>();
  const set = (topic: string, payload: Payload) => {
    entries.set(topic, payload);
    changed.add(topic);
    for (const listener of listeners) listener();
  };
  const read = (topic: string, { roomFor }: Allowance): PresentMessage[] => {
    const payload = blocked.has(topic) ? undefined : entries.get(topic);
    if (payload === undefined) return [];
    return [{ topic, payload: typeof payload === 'string' ? payload : payload(roomFor(topic)) }];
  };
  return {
    set,
    delete(topic) {
      if (entries.has(topic)) set(topic, '');
    },
    restart() {
      blocked.clear();
      postponed.clear();
      for (const topic of entries.keys()) changed.add(topic);
    },
    next(allowance) {
      for (const topic of changed) {
        changed.delete(topic);
        if (allowance.mustWait(topic)) postponed.add(topic);
        else for (const message of read(topic, allowance)) return message;
      }
      return undefined;
    },
    postpone: topic => void postponed.add(topic),
    hasPostponed: () => postponed.size > 0,
    takePostponed(max, allowance) {
      const waiting = [...postponed].flatMap(topic => read(topic, allowance));
      const taken = waiting.sort((a, b) => a.payload.length - b.payload.length).slice(0, max);
      if (taken.length === 0) postponed.clear();
      for (const { topic } of taken) postponed.delete(topic);
      return taken;
    },
    arrived(topic) {
      if (entries.get(topic) === '') entries.delete(topic);
    },
    block: topic => void blocked.add(topic),
    onChange(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
  };
}
