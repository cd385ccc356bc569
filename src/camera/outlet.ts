// What a camera needs of the house: where its events go, and what is kept for it over restarts.
import type { Occurrence, Reading } from '../event.ts';

/** A row of the durable notes; null removes it. */
export interface Note {
  key: string;
  value: string | null;
}

/** A time in which a device may have said what the bridge did not hear (DESIGN 3.1). */
export interface Gap {
  from: string;
  to: string;
  cause: GapCause;
  /** The device's own time in the last event before it, where it said one. */
  lastTime?: string | undefined;
  /** How many. */
  events: number | 'unknown';
  /** Some of their topics, where these are known. */
  topics?: readonly string[];
}

export type GapCause = 'reboot' | 'network' | 'stalled' | 'auth' | 'bridge' | 'unreadable';

/** What a subscriber is told of a device just now. */
export interface Availability {
  state: 'online' | 'degraded' | 'offline';
  /** When this state began. */
  since: string;
  /** The way in which it is heard, or was last. */
  source: string;
  /** Better ways that it does not offer, and why. */
  passed?: Readonly<Record<string, string>>;
  /** When its present address was found, where it is looked for by its serial number. */
  found?: string;
  /** Why it is not simply online, as a code and in words. */
  reason?: string;
  message?: string;
}

export interface Delivery extends Occurrence {
  /** Topic, source and key: of a property, which one it is. */
  place: string;
  /** The first of its property on this connection: its retained topics are written down. */
  fresh: boolean;
  notes: readonly Note[];
}

/** What a reading is of. */
export type ReadThing = Pick<Reading, 'api' | 'item'>;

/** Where one device's messages go. All that is durable resolves once it is. */
export interface Outlet {
  deliver(delivery: Delivery): Promise<void>;
  /** An event that the configuration does not want. */
  filtered(): void;
  /** An event past the budget: merged into a later one, or a pulse that is not published. */
  merged(): void;
  gap(gap: Gap, notes: readonly Note[]): Promise<void>;
  /** What was read of a thing, retained; an empty payload takes it away. */
  reading(of: Reading | ReadThing, payload: string, notes: readonly Note[]): Promise<void>;
  remember(notes: readonly Note[]): Promise<void>;
  available(availability: Availability): void;
  /** What the device is, as a text that is made when it is sent, and its serial number, where that is known. */
  /** `payload` gives it in at most `room` bytes, as far as that can be. */
  info(payload: (room: number) => string, serial: string | undefined): void;
}

/** Notes as they were found. */
export interface Notes {
  note(key: string): string | undefined;
  notes(prefix: string): Iterable<{ key: string; value: string }>;
}
