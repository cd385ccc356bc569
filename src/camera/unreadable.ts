// What could not be read of what a device sent: told at once, then at most once a minute with the sum, by log and `gap`.
import type { Unreadable } from '../event.ts';
import type { SourceCounter } from '../sources/source.ts';
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';
import type { Gap } from './outlet.ts';

const PAUSE_MS = 60_000;
/** What cannot be read was said at most so long (ms) before it came. */
const ON_THE_WAY = 1_000;
const TOPICS_MAX = 5;
const TOPIC_MAX = 256;
const REASON_MAX = 512;

export interface UnreadableReportOptions {
  /** Takes a gap whose cause is `unreadable`. */
  publish(gap: Gap): void;
  count(counter: SourceCounter, by: number): void;
  clock: Clock;
  log: Log;
}

/** What is to be told. */
interface Sum {
  reason: string;
  documents: number;
  events: number | 'unknown';
  topics: Set<string>;
  /** Of the first and the last event that was lost, ms since the epoch. */
  from: number;
  to: number;
}

export class UnreadableReport {
  readonly #options: UnreadableReportOptions;
  #sum: Sum | undefined;
  /** Ends the time in which nothing is told. */
  #cancel: (() => void) | undefined;

  constructor(options: UnreadableReportOptions) {
    this.#options = options;
  }

  add({ reason, topic, count }: Unreadable): void {
    this.#options.count('badDocuments', 1);
    const now = this.#options.clock.now();
    const cut = reason.slice(0, REASON_MAX);
    this.#sum ??= { reason: cut, documents: 0, events: 0, topics: new Set(), from: now, to: now };
    const sum = this.#sum;
    if (sum.events === 0) sum.from = now;
    if (count !== 0) sum.to = now;
    sum.documents += 1;
    sum.events = count === undefined || sum.events === 'unknown' ? 'unknown' : sum.events + count;
    if (topic !== undefined && sum.topics.size < TOPICS_MAX) sum.topics.add(topic.slice(0, TOPIC_MAX));
    if (this.#cancel === undefined) this.#tell();
  }

  /** Whether a gap is still to be told: what was no event makes none. */
  isWaiting(): boolean {
    return this.#sum !== undefined && this.#sum.events !== 0;
  }

  /** Tells what is left and ends the timer. */
  end(): void {
    this.#cancel?.();
    this.#tell();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #tell(): void {
    this.#cancel = undefined;
    const sum = this.#sum;
    if (sum === undefined) return;
    this.#sum = undefined;
    const { clock, log, publish } = this.#options;
    const { documents, reason, events } = sum;
    const topics = sum.topics.size === 0 ? {} : { topics: [...sum.topics] };
    log.warn({ documents, reason, ...topics }, 'could not read what the device sent');
    const time = (at: number) => new Date(at).toISOString();
    const span = { from: time(sum.from - ON_THE_WAY), to: time(Math.max(sum.from, sum.to)) };
    if (events !== 0) publish({ ...span, cause: 'unreadable', events, ...topics });
    this.#cancel = clock.after(PAUSE_MS, () => this.#tell());
  }
}
