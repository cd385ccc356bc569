// Finds the message for which a broker ends the connection: what was unanswered then is suspect, goes apart from the
// rest and in ever smaller groups, until one that is alone ends the connection again.
import type { Entry } from '../outbox/types.ts';

/** Ends with it alone on its way that convict a message of the queue: it is lost then, so no coincidence will do. */
const TIMES = 3;
/** Where another was convicted before, or the message is kept anyway: of the present state. */
const FEWER_TIMES = 2;
/** Where the broker has taken nothing else since the last one: it may well be that it takes nothing at all just now. */
const UNPROVEN_TIMES = 8;

/** Of one broker, over its connections. */
export class PoisonSearch {
  /** Suspects of the queue by key; each with how many connections in a row have ended with it alone on its way. */
  readonly #queued = new Map<string, number>();
  /** The same of the present state, by topic, of which the latest counts. */
  readonly #retained = new Map<string, number>();
  /** Suspects of the queue that are still to be answered. On the next connection they come first, as the order wants it. */
  #left = 0;
  #unanswered = { topic: '', times: 0 };
  #group = 1;
  #convicted = 0;
  /** The broker has taken something else since the last one was convicted. */
  #hasTaken = false;
  #isProven = false;
  #isStuck = false;
  #isSearching = false;

  /** How many may be on their way at once. */
  get window(): number {
    return this.#left > 0 ? this.#group : Number.POSITIVE_INFINITY;
  }

  /** How many suspects of the present state may go at once. */
  get group(): number {
    return this.#group;
  }

  /** Whether a message of the present state is suspect: then it waits until nothing else is on its way. */
  isSuspect(topic: string): boolean {
    return this.#retained.has(topic);
  }

  /** Whether the last end was one more of the same: a suspect was on its way again. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /** Whether the last end has told something, so that the next connection may be made soon. */
  get isSearching(): boolean {
    return this.#isSearching;
  }

  /** Whether the last culprit was one while the broker took other messages, which says something of its topic or size. */
  get isProven(): boolean {
    return this.#isProven;
  }

  answered(entry: Entry): void {
    this.#hasTaken = true;
    if (!isQueued(entry)) this.#retained.delete(entry.topic);
    else if (this.#left > 0) {
      this.#left -= 1;
      if (this.#left === 0) this.#setGroup(this.#retained.size);
    }
  }

  /**
   * A connection ended in a way that a message may have caused. `flying`: what was unanswered, the oldest first, or the
   * one that the broker named. Returns the culprit once that is beyond doubt.
   */
  lost(flying: readonly Entry[]): Entry | undefined {
    const times = flying.map(entry => this.#timesOf(entry));
    this.#isStuck = times.some(known => known !== undefined);
    const alone = flying.length === 1 ? flying[0] : undefined;
    const ends = alone === undefined ? 0 : (times[0] ?? 0) + 1;
    this.#isSearching = flying.length > 0 && (this.#hasTaken || ends < TIMES);
    this.#queued.clear();
    for (const entry of flying) this.#setTimes(entry, ends);
    this.#left = this.#queued.size;
    this.#setGroup(flying.length);
    return alone !== undefined && this.#isEnough(alone, ends) ? this.#convict(alone) : undefined;
  }

  /**
   * A connection ended after a message of QoS 0 on this topic, the last of its kind. Returns whether that is beyond
   * doubt the topic.
   */
  lostUnanswered(topic: string): boolean {
    const times = topic === this.#unanswered.topic ? this.#unanswered.times + 1 : 1;
    this.#isStuck ||= times > 1;
    this.#isSearching = true;
    this.#unanswered = times < TIMES ? { topic, times } : { topic: '', times: 0 };
    return times >= TIMES;
  }

  #isEnough(alone: Entry, ends: number): boolean {
    if (!this.#hasTaken) return ends >= UNPROVEN_TIMES;
    return ends >= (isQueued(alone) && this.#convicted === 0 ? TIMES : FEWER_TIMES);
  }

  #convict(culprit: Entry): Entry {
    this.#queued.clear();
    this.#retained.delete(culprit.topic);
    this.#left = 0;
    this.#setGroup(this.#retained.size);
    this.#convicted += 1;
    this.#isProven = this.#hasTaken;
    this.#hasTaken = false;
    return culprit;
  }

  #timesOf(entry: Entry): number | undefined {
    return isQueued(entry) ? this.#queued.get(keyOf(entry)) : this.#retained.get(entry.topic);
  }

  #setTimes(entry: Entry, times: number): void {
    if (isQueued(entry)) this.#queued.set(keyOf(entry), times);
    else this.#retained.set(entry.topic, times);
  }

  /** A few groups of a few find it in the fewest round trips. */
  #setGroup(suspects: number): void {
    this.#group = Math.max(1, Math.floor(Math.sqrt(suspects)));
  }
}

/** Messages of the present state have no device. */
export function isQueued({ device }: Entry): boolean {
  return device !== '';
}

/** The same for the same message on a later connection. */
function keyOf({ device, topic, id, seq, payload }: Entry): string {
  return JSON.stringify([device, topic, id, seq, payload.length]);
}
