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
  /** The topic of the last message of QoS 0, and the next message that will be answered. */
  #unproven: { topic: string; proof: Delivery | undefined } | undefined;

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

  /** The topic of a message of QoS 0, of which it is only known that it was sent: no later one was answered. */
  get unproven(): string | undefined {
    return this.#unproven?.topic;
  }

  /** How many may be on their way at once. */
  window(): number {
    return this.#apart.size > 0 ? 0 : Math.min(WINDOW, this.#limits.receiveMaximum);
  }

  /** Whether the broker takes one more of that QoS. */
  fits({ qos }: Entry): boolean {
    return qos < 2 || this.#qos2 < this.#limits.receiveMaximumQoS2;
  }

  /** `isAnswered`: the broker acknowledges it, which it does not at QoS 0. */
  add(flight: Delivery, { isApart, isAnswered }: { isApart: boolean; isAnswered: boolean }): void {
    this.#flying.add(flight);
    if (isApart) this.#apart.add(flight);
    if (flight.entry.qos === 2) this.#qos2 += 1;
    if (!isAnswered) this.#unproven = { topic: flight.entry.topic, proof: undefined };
    else if (this.#unproven !== undefined) this.#unproven.proof ??= flight;
  }

  remove(flight: Delivery): void {
    this.#flying.delete(flight);
    if (this.#apart.size > 0) this.#apart.delete(flight);
    if (flight.entry.qos === 2) this.#qos2 -= 1;
    if (this.#unproven?.proof === flight) this.#unproven = undefined;
  }
}
