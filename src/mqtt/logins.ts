// The logins of all clients of one broker, which are of one account: a refused one rests, since accounts are locked after
// a few, and who is connected again tells the others.
import type { Clock } from '../util/clock.ts';
import { type BridgeError, ERRORS } from '../util/errors.ts';
import { within } from '../util/within.ts';

/** A password that was never right rests so long (ms); three refusals in that time are the most there may be. */
const WINDOW_MS = 300_000;
const MOST = 3;
/** After the first and the second refusal (ms) of what was right before: its backend may only be starting. */
const WAITS_MS = [20_000, 50_000];
/** Clients that connect and are dropped at once must not wake each other without end (ms). */
const NEWS_MS = 30_000;

export interface LoginsOptions {
  /** Whether this login was right before, in an earlier run. */
  wasAccepted?: boolean;
  /** It has turned out to be right. */
  onAccepted?(): void;
}

export class Logins {
  readonly #clock: Clock;
  readonly #onAccepted: () => void;
  /** Times of refusals, by server, or by server and client. */
  readonly #refusals = new Map<string, number[]>();
  readonly #waiting = new Set<() => void>();
  #wasAccepted: boolean;
  #connected = 0;
  #told = Number.NEGATIVE_INFINITY;
  #last: Promise<void> = Promise.resolve();

  constructor(clock: Clock, { wasAccepted = false, onAccepted = () => {} }: LoginsOptions = {}) {
    this.#clock = clock;
    this.#wasAccepted = wasAccepted;
    this.#onAccepted = onAccepted;
  }

  /** How long (ms) a client has to let a server rest; 0: not at all. */
  restOf(server: string, client: string): number {
    return Math.max(this.#restOf(server), this.#restOf(keyOf(server, client)));
  }

  /** Refused. While others of the same account are connected, it is about that client alone. */
  refused(server: string, client: string): void {
    const key = this.#connected > 0 ? keyOf(server, client) : server;
    this.#refusals.set(key, [...this.#recent(key), this.#clock.monotonic()]);
  }

  /** Connected, until the returned function is called. */
  accepted(server: string, client: string): () => void {
    for (const key of [server, keyOf(server, client)]) this.#refusals.delete(key);
    if (!this.#wasAccepted) this.#onAccepted();
    this.#wasAccepted = true;
    this.#connected += 1;
    if (this.#connected === 1) this.#tell();
    return () => {
      this.#connected -= 1;
    };
  }

  /** While nobody knows whether the login is right, one client at a time tries it. Rejects with the signal's reason. */
  async turn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#wasAccepted && this.#refusals.size === 0) return work();
    const before = this.#last;
    let done = () => {};
    const own = new Promise<void>(resolve => {
      done = resolve;
    });
    this.#last = before.then(() => own);
    try {
      await within(before, signal);
      return await work();
    } finally {
      done();
    }
  }

  /** Calls back once another client is connected again, where that says something after this error; gives the cancel. */
  onBack({ code }: BridgeError, callback: () => void): () => void {
    if (ERRORS[code].retry !== 'soon' && code !== 'BROKER_AUTH') return () => {};
    this.#waiting.add(callback);
    return () => this.#waiting.delete(callback);
  }

  #restOf(key: string): number {
    const times = this.#recent(key);
    const last = times.at(-1);
    if (last === undefined) return 0;
    const first = times.at(-MOST) ?? last;
    const wait = this.#wasAccepted ? WAITS_MS[times.length - 1] : undefined;
    const until = wait === undefined ? first + WINDOW_MS : last + wait;
    return Math.max(0, Math.ceil(until - this.#clock.monotonic()));
  }

  #recent(key: string): number[] {
    const since = this.#clock.monotonic() - WINDOW_MS;
    return (this.#refusals.get(key) ?? []).filter(time => time > since);
  }

  #tell(): void {
    const now = this.#clock.monotonic();
    if (this.#waiting.size === 0 || now - this.#told < NEWS_MS) return;
    this.#told = now;
    for (const callback of [...this.#waiting]) callback();
  }
}

function keyOf(server: string, client: string): string {
  return `${server} ${client}`;
}
