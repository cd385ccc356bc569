// Notices that a broker does not have what it retained: it has forgotten it, was restored from an older copy, or is
// another one. Then all states have to be said again.
//
// A number that grows is retained there, written again soon after any other retained message: a broker that has less
// than what it acknowledged lacks what came after. Its presence alone says nothing, nor does the state's topic, on
// which the will of a connection that broke may stand.
import type { Clock } from '../util/clock.ts';
import type { Present } from './present.ts';
import type { BrokerNotes, Connection } from './types.ts';

/** How soon (ms) the number follows a retained message. */
const AFTER_MS = 1_000;
/** Questions in a row that went unanswered: a broker that ends the connection at them is left alone for so long (ms). */
const MAX_UNANSWERED = 2;
const LEAVE_MS = 60 * 60_000;
const NOTE = 'checkpoint';

export interface LossWatchOptions {
  /** Of the number. */
  topic: string;
  present: Present;
  notes: BrokerNotes;
  clock: Clock;
  onLost(): void;
}

/** Of one broker, over its connections. */
export class LossWatch {
  readonly #options: LossWatchOptions;
  /** The last number that the broker has acknowledged; none for a broker that does not show what it retains. */
  #acknowledged: number | undefined;
  #number: number;
  #server: string | undefined;
  #unanswered = 0;
  #leftUntil = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  #cancel: (() => void) | undefined;

  constructor(options: LossWatchOptions) {
    this.#options = options;
    const note = Number(options.notes.get(NOTE) ?? Number.NaN);
    this.#acknowledged = Number.isNaN(note) ? undefined : note;
    // Past whatever an earlier life has left there, should its notes be gone.
    this.#number = this.#acknowledged ?? options.clock.now();
    if (this.#acknowledged !== undefined) this.#show();
  }

  /** Whether the connection ended while this question was open: then that is the likelier cause than another client. */
  get isAsking(): boolean {
    return this.#isAsking;
  }

  /** On a connection before anything was published. */
  async before(connection: Connection): Promise<void> {
    this.#isAsking = false;
    const moved = this.#server !== undefined && this.#server !== connection.server;
    this.#server = connection.server;
    const lost = await this.#isLess(connection);
    // Whether it still shows what it retains `after` asks.
    if (lost) this.#acknowledged = undefined;
    if (moved || lost) this.#options.onLost();
  }

  /** Once the bridge's own state was acknowledged, before anything else is published: does it show what it retains? */
  async after(connection: Connection): Promise<void> {
    if (this.#acknowledged !== undefined || !connection.limits.retainAvailable) return;
    const payload = this.#next();
    const found = await this.#attempt(async () =>
      (await this.#write(connection, payload)) ? connection.retained(this.#options.topic) : undefined,
    );
    if (found !== payload) return;
    this.#remember(payload);
    this.#show();
  }

  /** The broker has taken a retained message. */
  readonly acknowledged = ({ topic, payload }: { topic: string; payload: string }): void => {
    if (this.#acknowledged === undefined) return;
    if (topic === this.#options.topic) this.#remember(payload);
    else this.#cancel ??= this.#options.clock.after(AFTER_MS, () => this.#show());
  };

  stop(): void {
    this.#cancel?.();
  }

  /** Has it written again, each time with another number. */
  #show(): void {
    this.#cancel = undefined;
    this.#options.present.set(this.#options.topic, () => this.#next());
  }

  #next(): string {
    this.#number += 1;
    return JSON.stringify({ number: this.#number });
  }

  #remember(payload: string): void {
    this.#acknowledged = numberOf(payload);
    this.#options.notes.set(NOTE, String(this.#acknowledged));
  }

  async #isLess(connection: Connection): Promise<boolean> {
    const known = this.#acknowledged;
    if (known === undefined || !connection.limits.retainAvailable) return false;
    const found = await this.#attempt(() => connection.retained(this.#options.topic));
    // What is no number is less, too.
    return found !== undefined && !(numberOf(found) >= known);
  }

  /** Asks, unless that has ended connections. */
  async #attempt(ask: () => Promise<string | undefined>): Promise<string | undefined> {
    const now = this.#options.clock.monotonic();
    if (now < this.#leftUntil) return undefined;
    this.#isAsking = true;
    const found = await ask();
    this.#isAsking = found === undefined;
    this.#unanswered = found === undefined ? this.#unanswered + 1 : 0;
    if (this.#unanswered >= MAX_UNANSWERED) this.#leftUntil = now + LEAVE_MS;
    return found;
  }

  async #write(connection: Connection, payload: string): Promise<boolean> {
    const qos = connection.limits.maximumQoS === 0 ? 0 : 1;
    const { topic } = this.#options;
    const message = { topic, payload, qos, retain: true, expiry: 0, id: '', seq: 0, device: '' } as const;
    const { outcome } = await new Promise<{ outcome: string }>(resolve =>
      connection.publish(message, resolve),
    );
    return outcome === 'ok';
  }
}

function numberOf(payload: string): number {
  try {
    const { number } = JSON.parse(payload) as { number?: unknown };
    return typeof number === 'number' ? number : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
