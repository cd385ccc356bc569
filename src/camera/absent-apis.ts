// What a device answered that it does not have: a question of worth again only after a while, since it may still be starting.
import type { Clock } from '../util/clock.ts';
import { type BridgeError, type ErrorCode, isBridgeError } from '../util/errors.ts';

/** How long (ms) an API is not asked for again, twice as long each time, and how long at most. */
const SHORT_MS = 60_000;
const LONG_MS = 1_800_000;
const ABSENT = new Set<ErrorCode>(['NOT_FOUND', 'UNSUPPORTED']);

export class AbsentApis {
  readonly #clock: Clock;
  readonly #absent = new Map<string, { error: BridgeError; restMs: number; until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks for an API by that name, or rejects with what the device said last where it is not yet time to. */
  async ask<T>(name: string, request: () => Promise<T>): Promise<T> {
    const known = this.#absent.get(name);
    if (known !== undefined && this.#clock.monotonic() < known.until) throw known.error;
    try {
      const answer = await request();
      this.#absent.delete(name);
      return answer;
    } catch (error) {
      if (isBridgeError(error) && ABSENT.has(error.code)) this.#rest(name, error);
      throw error;
    }
  }

  /** All may be asked for again: the connection is a new one, and perhaps the device. */
  forget(): void {
    this.#absent.clear();
  }

  #rest(name: string, error: BridgeError): void {
    const last = this.#absent.get(name);
    const restMs = last === undefined ? SHORT_MS : Math.min(2 * last.restMs, LONG_MS);
    this.#absent.set(name, { error, restMs, until: this.#clock.monotonic() + restMs });
  }
}
