// What is on its way over one connection, and whether more may be.
import type { Delivery, Entry } from '../outbox/types.ts';
import type { Limits } from './types.ts';

/** Unanswered publishes, where the broker's Receive Maximum is not lower. */
const WINDOW = 1_000;

export class Flights {
  readonly #limits: Limits;
  readonly #flying = new Set<Delivery>();
  /** Of these, what may end the connection: nothing else is sent meanwhile. */
  readonly #apart = new Set<Delivery>();
  #qos2 = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#flying.size;
  }

  /** The oldest first. */
  all(): Delivery[] {
    return [...this.#flying];
  }

  /** How many may be on their way at once. */
  window(): number {
    return this.#apart.size > 0 ? 0 : Math.min(WINDOW, this.#limits.receiveMaximum);
  }

  /** Whether the broker takes one more of that QoS. */
  fits({ qos }: Entry): boolean {
    return qos < 2 || this.#qos2 < this.#limits.receiveMaximumQoS2;
  }

  add(flight: Delivery, isApart: boolean): void {
    this.#flying.add(flight);
    if (isApart) this.#apart.add(flight);
    if (flight.entry.qos === 2) this.#qos2 += 1;
  }

  remove(flight: Delivery): void {
    this.#flying.delete(flight);
    if (this.#apart.size > 0) this.#apart.delete(flight);
    if (flight.entry.qos === 2) this.#qos2 -= 1;
  }
}
