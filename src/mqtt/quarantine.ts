// What a broker is not sent, since that ended its connections: topics that rest for a while, and messages from a size on.
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';
import type { BrokerNotes } from './types.ts';

/** What counts of a message: the same for one of the queue and one of the present state. */
export interface Sent {
  topic: string;
  payload: string;
}

/** `apart`: with nothing else on its way, since it may end the connection. */
export type Verdict = 'send' | 'apart' | 'resting' | 'too large';

/** A size from which on nothing is sent. */
interface Bound {
  bytes: number;
  /** Until when, by the time of day, since it outlives the process. */
  until: number;
  times: number;
  /** The largest that was taken. */
  fits: number;
}

export interface QuarantineOptions {
  clock: Clock;
  log: Log;
  notes: BrokerNotes;
}

const TOPIC_MS = 5 * 60_000;
const TOPIC_MAX_MS = 60 * 60_000;
const SIZE_MS = 60 * 60_000;
const SIZE_MAX_MS = 24 * 60 * 60_000;
/** No broker that is known takes less; below it, a topic is the likelier cause. */
const SMALLEST_LIMIT = 1024;
/** Of one topic, what ends the connection again has to be so much smaller, or it is the topic. */
const MUCH_SMALLER = 0.9;
/** Topics remembered: a device that invents them must not grow it without end. */
const MAX_TOPICS = 10_000;

/** Of one broker, over its connections. Times in ms. */
export class Quarantine {
  readonly #options: QuarantineOptions;
  /** By topic; `until` by the monotonic clock. */
  readonly #resting = new Map<string, { until: number; times: number }>();
  /** By topic, the size that ended connections, larger than all that was ever acknowledged: one may be due to the other. */
  readonly #large = new Map<string, number>();
  #bound: Bound | undefined;
  /** The largest that was acknowledged: characters of its payload, which are cheaper to compare, and its size. */
  #largest: { characters: number; bytes: number };

  constructor(options: QuarantineOptions) {
    this.#options = options;
    this.#bound = readBound(options.notes.get(NOTE), options.clock.now());
    const fits = this.#bound?.fits ?? 0;
    this.#largest = { characters: fits, bytes: fits };
  }

  judge(message: Sent): Verdict {
    const { clock } = this.#options;
    if (this.#isEmpty()) return 'send';
    const bytes = sizeOf(message);
    const bound = this.#bound;
    if (bound !== undefined && bytes >= bound.bytes) return clock.now() < bound.until ? 'too large' : 'apart';
    const rest = this.#resting.get(message.topic);
    if (rest !== undefined) return clock.monotonic() < rest.until ? 'resting' : 'apart';
    return this.#large.has(message.topic) || bytes >= Math.min(...this.#large.values()) ? 'apart' : 'send';
  }

  /** The bytes of payload that may be tried on a topic: halfway between what was taken and what was not. */
  roomFor(topic: string): number {
    const tooMuch = Math.min(this.#bound?.bytes ?? Number.POSITIVE_INFINITY, ...this.#large.values());
    return Math.floor((tooMuch + this.#largest.bytes) / 2) - Buffer.byteLength(topic);
  }

  /** The broker acknowledged it. */
  acquit(message: Sent): void {
    if (message.payload.length > this.#largest.characters) this.#setLargest(message);
    if (this.#isEmpty()) return;
    const { topic } = message;
    this.#resting.delete(topic);
    const bytes = sizeOf(message);
    if (this.#bound !== undefined && bytes >= this.#bound.bytes) this.#setBound(undefined);
    // It is not the topic, then.
    const fatal = this.#large.get(topic);
    if (fatal !== undefined && bytes < fatal && fatal >= SMALLEST_LIMIT) this.#learn(fatal);
  }

  /** It ended connections, alone on its way. `tooLarge`: the broker said that that was why. */
  convict(message: Sent, tooLarge: boolean): void {
    const { topic } = message;
    const bytes = sizeOf(message);
    const before = this.#large.get(topic) ?? Number.POSITIVE_INFINITY;
    const maySize = bytes > this.#largest.bytes && bytes < before * MUCH_SMALLER;
    if (tooLarge || (this.#bound !== undefined && bytes >= this.#bound.bytes)) this.#learn(bytes);
    else if (maySize && !this.#resting.has(topic)) this.#suspect(topic, bytes);
    else this.rest(topic);
  }

  /** Has a topic rest. */
  rest(topic: string): void {
    const times = this.#resting.get(topic)?.times ?? 0;
    const until = this.#options.clock.monotonic() + Math.min(TOPIC_MS * 2 ** times, TOPIC_MAX_MS);
    this.#large.delete(topic);
    this.#resting.delete(topic);
    this.#resting.set(topic, { until, times: times + 1 });
    dropOldest(this.#resting);
  }

  #suspect(topic: string, bytes: number): void {
    this.#large.set(topic, bytes);
    const smallest = Math.min(...this.#large.values());
    // One of each of two topics, and all that was taken is smaller.
    if (this.#large.size > 1 && smallest >= SMALLEST_LIMIT) this.#learn(smallest);
    else dropOldest(this.#large);
  }

  #isEmpty(): boolean {
    return this.#bound === undefined && this.#resting.size === 0 && this.#large.size === 0;
  }

  #setLargest(message: Sent): void {
    this.#largest = { characters: message.payload.length, bytes: sizeOf(message) };
    for (const [topic, bytes] of this.#large) if (bytes <= this.#largest.bytes) this.#large.delete(topic);
  }

  #learn(bytes: number): void {
    const { log, clock } = this.#options;
    const times = this.#bound?.times ?? 0;
    const until = clock.now() + Math.min(SIZE_MS * 2 ** times, SIZE_MAX_MS);
    if (this.#bound?.bytes !== bytes)
      log.warn({ bytes }, 'the broker takes no message of that size: none is sent to it');
    this.#large.clear();
    this.#setBound({ bytes, until, times: times + 1, fits: this.#largest.bytes });
  }

  #setBound(bound: Bound | undefined): void {
    this.#bound = bound;
    this.#options.notes.set(NOTE, bound === undefined ? null : JSON.stringify(bound));
  }
}

const NOTE = 'largest';

/** Bytes of topic and payload. */
function sizeOf({ topic, payload }: Sent): number {
  return Buffer.byteLength(topic) + Buffer.byteLength(payload);
}

function readBound(note: string | undefined, now: number): Bound | undefined {
  if (note === undefined) return undefined;
  const { bytes, until, times, fits } = JSON.parse(note) as Partial<Bound>;
  if (bytes === undefined || until === undefined || times === undefined || fits === undefined)
    return undefined;
  // A clock that was far ahead when it was written must not keep it for ever.
  return { bytes, times, fits, until: Math.min(until, now + SIZE_MAX_MS) };
}

function dropOldest(map: Map<string, unknown>): void {
  for (const topic of map.keys()) {
    if (map.size <= MAX_TOPICS) return;
    map.delete(topic);
  }
}
