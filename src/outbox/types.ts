// The outbox's words: what is queued, how it is read, and how it ends.

/** One MQTT message in a broker's queue. */
export interface Entry {
  device: string;
  topic: string;
  /** UTF-8 text; empty clears a retained topic. */
  payload: string;
  qos: 0 | 1 | 2;
  retain: boolean;
  /** When it is no longer worth delivering, by the queue's time (ms), 0 for never. */
  expires: number;
  /** The event's id and number in its route, for the MQTT 5 user properties; '' and 0 for what is no event. */
  id: string;
  seq: number;
  /** Of a critical message. */
  demand?: Demand;
  /** Of an answer, the correlation data of the request in base64: MQTT 5 only. */
  correlation?: string;
}

/** What a critical message has to get; without it, it is not delivered. */
export interface Demand {
  /** The broker has to say that somebody takes it, which it can in MQTT 5. */
  subscriber: boolean;
  /** When it has to be acknowledged, by the queue's time (ms), 0 for any time. */
  by: number;
  /** The broker whose queue it moves to otherwise; '' for none: then it is set aside. */
  instead: string;
}

/**
 * How an entry left the queue. `rejected`: the broker refused it for good, and it was set aside. `redirected`: it did
 * not get what it demands and moved to another broker's queue; asked for where there is no such, it is `rejected`.
 */
export type Outcome = 'published' | 'expired' | 'dropped' | 'rejected' | 'redirected';

/** An entry taken from the queue to be delivered; `settle` it exactly once. */
export interface Delivery {
  readonly entry: Entry;
  settle(outcome: Outcome, reason?: string): void;
}

/** The reading end of one broker's queue: one reader at a time. */
export interface QueueReader {
  /** The time (ms) by which its entries expire; near the time of day, and no correction of that moves it. */
  now(): number;
  /** The next entries in order, at most `max` and about `maxChars` of payload; [] when there is none now. */
  take(max: number, maxChars?: number): Promise<Delivery[]>;
  /** Calls back when there may be something to take again; returns the cancel. */
  onAvailable(callback: () => void): () => void;
  /** Forgets what was taken and not settled: `take` gives it again, in the old order (a new connection). */
  rewind(): void;
}

/** A row of the table of notes; a value of null removes it. */
export interface Note {
  key: string;
  value: string | null;
}

/** What became of the events that were read from a device. */
export interface Counts {
  received: number;
  kept: number;
  filtered: number;
  merged: number;
}

/** An event's messages and all that has to become durable with them. */
export interface Append {
  device: string;
  /** Added to the device's counters. */
  counts: Partial<Counts>;
  messages: readonly Message[];
  notes?: readonly Note[];
}

export interface Message {
  broker: string;
  entry: Entry;
}
