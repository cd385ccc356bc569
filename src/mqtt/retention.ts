// Whether a broker takes retained messages: one that says nothing of it may end the connection at each.
import type { Clock } from '../util/clock.ts';
import type { Connection, PublishResult } from './types.ts';

/** Connections in a row that ended at the bridge's own retained state. */
const TIMES = 3;
/** How long (ms) it is not asked again. */
const LEAVE_MS = 60 * 60_000;

/** Of one broker, over its connections. */
export class Retention {
  readonly #clock: Clock;
  #ends = 0;
  #refusedUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The connection, with what is known of its limits. */
  limit(connection: Connection): Connection {
    if (this.#clock.monotonic() >= this.#refusedUntil) return connection;
    return { ...connection, limits: { ...connection.limits, retainAvailable: false } };
  }

  /**
   * Has the bridge's own state sent, the first message of a connection. After connections that ended at that, it is
   * sent without being retained first: where that is taken, and the same to be retained is not, none is retained.
   */
  async announce(
    { limits }: Pick<Connection, 'limits'>,
    send: (retain: boolean) => Promise<PublishResult>,
  ): Promise<PublishResult> {
    if (!limits.retainAvailable) return send(false);
    const isSuspect = this.#ends >= TIMES;
    if (isSuspect) {
      this.#ends = 0;
      const plain = await send(false);
      if (plain.outcome === 'lost') return plain;
    }
    const result = await send(true);
    this.#ends = result.outcome === 'lost' ? this.#ends + 1 : 0;
    if (isSuspect && result.outcome === 'lost') this.#refusedUntil = this.#clock.monotonic() + LEAVE_MS;
    return result;
  }
}
