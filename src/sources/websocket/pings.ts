// The pings of one WebSocket, one at a time, and what their answers prove (RFC 6455 §5.5.3: a pong bears its ping's payload).
import type { Clock } from '../../util/clock.ts';
import type { BridgeError } from '../../util/errors.ts';
import { type Moment, momentOf } from '../../util/moment.ts';
import { standstill } from '../standstill.ts';

export interface PingsOptions {
  clock: Clock;
  send(payload: string): void;
  /** A ping that was sent at that moment is answered. */
  answered(asked: Moment): void;
  /** It is answered too late to trust the stream. */
  end(reason: BridgeError): void;
}

export class Pings {
  readonly #options: PingsOptions;
  #count = 0;
  /** When the one was sent that waits for its answer. */
  #asked: Moment | undefined;
  #lastAnswered: Moment | undefined;

  constructor(options: PingsOptions) {
    this.#options = options;
  }

  /** Sends one, unless the last one still waits for its answer. */
  ping(): void {
    if (this.#asked !== undefined) return;
    this.#asked = momentOf(this.#options.clock);
    this.#count += 1;
    this.#options.send(String(this.#count));
  }

  pong(payload: Buffer): void {
    const { clock, answered, end } = this.#options;
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined || payload.toString('latin1') !== String(this.#count)) return;
    const still = standstill(this.#lastAnswered ?? asked, clock);
    this.#lastAnswered = asked;
    if (still === undefined) answered(asked);
    else end(still);
  }
}
