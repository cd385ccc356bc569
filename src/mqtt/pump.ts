// Moves messages into one connection: within a window, one refill a turn of the event loop.
import type { Delivery, QueueReader } from '../outbox/types.ts';
import type { Clock } from '../util/clock.ts';
import { fail, fromSystem } from '../util/errors.ts';
import { adapt, type Shortfall } from './adapt.ts';
import type { DeliveryWatch } from './delivery-watch.ts';
import { Flights } from './flights.ts';
import { isQueued, type PoisonSearch } from './poison.ts';
import type { PresentReader } from './present.ts';
import type { Quarantine, Verdict } from './quarantine.ts';
import { PACKET_TOO_LARGE } from './reasons.ts';
import type { Refusals } from './refusals.ts';
import { createSupply, type Supply } from './supply.ts';
import type { Connection, ConnectionError, PublishResult } from './types.ts';

/** Why a message is set aside that ended connections, and what rests since then. */
const FATAL = 'ends the connection';
const TOO_LARGE = 'too large for this broker';
/** How long (ms) what the queue has goes first, before messages of the present state are tried that may end the connection. */
const TRIAL_AFTER_MS = 1_000;
/** Of a PUBLISH packet, what is neither topic nor payload: at most so many bytes for a message of the present state. */
const PACKET_OVERHEAD = 40;

export interface PumpOptions {
  connection: Connection;
  queue: QueueReader;
  present: PresentReader;
  poison: PoisonSearch;
  quarantine: Quarantine;
  refusals: Refusals;
  delivery: DeliveryWatch;
  /** Hears of each message that is sent with less than it asked for. */
  tell(what: Shortfall): void;
  /** Hears of each retained message that the broker has taken. */
  onRetained(message: { topic: string; payload: string }): void;
  clock: Clock;
}

type Refused = PublishResult & { outcome: 'refused' };

/** For one connection. A failing queue ends the connection with its error. */
export class Pump {
  readonly #options: PumpOptions;
  readonly #supply: Supply;
  readonly #flights: Flights;
  #held: Delivery | undefined;
  #isHeldApart = false;
  #blamed: Delivery | undefined;
  #isPlanned = false;
  #isOver = false;
  #isTrialDue = false;
  #cancelTrial: (() => void) | undefined;
  #drained = () => {};

  constructor(options: PumpOptions) {
    this.#options = options;
    const { connection, queue, present, poison } = options;
    this.#flights = new Flights(connection.limits);
    this.#supply = createSupply({
      queue,
      present,
      allowance: { roomFor: topic => this.#roomFor(topic), mustWait: topic => poison.isSuspect(topic) },
      onReady: this.#plan,
      onError: this.#giveUp,
    });
  }

  start(): void {
    this.#options.connection.onWritable(this.#plan);
    this.#supply.open();
    this.#plan();
  }

  /** Resolves when all has gone that there is, or after `ms`, or at `stop`; sends nothing after that. */
  async drain(ms: number): Promise<void> {
    if (!this.#isOver) await this.#waitForDrained(ms);
    await this.#supply.close();
  }

  /** Takes nothing more from now on; resolves when what is on its way is answered, or after `ms`, or at `stop`. */
  async settle(ms: number): Promise<void> {
    const closed = this.#supply.close();
    if (!this.#isOver) await this.#waitForDrained(ms);
    await closed;
  }

  /**
   * The connection is over: nothing counts any more. Sets the message aside that proves to have ended it; resolves
   * when the queue is not read any more.
   */
  stop(error: ConnectionError | undefined): Promise<void> {
    this.#isOver = true;
    this.#cancelTrial?.();
    this.#drained();
    if (error?.suspect) this.#search(error);
    return this.#supply.close();
  }

  readonly #giveUp = (error: unknown): void => {
    this.#isOver = true;
    this.#options.connection.destroy(fromSystem(error, 'publisher'));
  };

  readonly #plan = (): void => {
    if (this.#isPlanned || this.#isOver) return;
    this.#isPlanned = true;
    setImmediate(this.#turn);
  };

  readonly #turn = (): void => {
    this.#isPlanned = false;
    if (this.#isOver) return;
    try {
      this.#refill();
    } catch (error) {
      this.#giveUp(error);
    }
  };

  #refill(): void {
    const { connection, present, queue } = this.#options;
    const now = queue.now();
    while (!this.#isTrialDue && connection.writable() && this.#flights.size < this.#window()) {
      this.#held ??= this.#next(now);
      if (this.#held === undefined || !this.#fits(this.#held)) break;
      this.#launch(this.#held, now, this.#isHeldApart);
      this.#held = undefined;
    }
    if (this.#isTrialDue && this.#flights.size === 0) this.#try(now);
    else if (present.hasPostponed()) this.#planTrial();
    this.#supply.fetch(Math.max(1, this.#window()));
    if (this.#flights.size === 0 && this.#supply.isEmpty()) this.#drained();
  }

  #window(): number {
    return Math.min(this.#flights.window(), this.#options.poison.window);
  }

  #fits({ entry }: Delivery): boolean {
    return this.#isHeldApart ? this.#flights.size === 0 : this.#flights.fits(entry);
  }

  /** The next to send; settles on the way what is not to be sent. */
  #next(now: number): Delivery | undefined {
    const { quarantine } = this.#options;
    for (let next = this.#supply.next(now); next !== undefined; next = this.#supply.next(now))
      if (this.#mayGo(next, quarantine.judge(next.entry))) return next;
    return undefined;
  }

  #mayGo(delivery: Delivery, verdict: Verdict): boolean {
    const { entry } = delivery;
    this.#isHeldApart = verdict === 'apart';
    if (verdict === 'send' || (verdict === 'apart' && isQueued(entry))) return true;
    if (verdict === 'resting') delivery.settle('rejected', FATAL);
    else if (verdict === 'too large') this.#reject(delivery, TOO_LARGE);
    else this.#options.present.postpone(entry.topic);
    return false;
  }

  /** Tries a few messages of the present state that may end the connection. */
  #try(now: number): void {
    const { poison, quarantine } = this.#options;
    this.#isTrialDue = false;
    const max = Math.min(poison.group, this.#flights.window());
    for (const delivery of this.#supply.takePostponed(max)) {
      const verdict = quarantine.judge(delivery.entry);
      if (verdict === 'too large') this.#reject(delivery, TOO_LARGE);
      else this.#launch(delivery, now, true);
    }
  }

  #planTrial(): void {
    this.#cancelTrial ??= this.#options.clock.after(TRIAL_AFTER_MS, () => {
      this.#cancelTrial = undefined;
      this.#isTrialDue = true;
      this.#plan();
    });
  }

  #launch(flight: Delivery, now: number, isApart: boolean): void {
    const { connection, tell } = this.#options;
    const message = adapt(flight.entry, connection, { now, tell });
    if (message === undefined) {
      arrive(flight);
      return;
    }
    this.#flights.add(flight, { isApart, isAnswered: message.qos > 0 });
    connection.publish(message, result => this.#landed(flight, result, message.qos > 0));
  }

  #landed(flight: Delivery, result: PublishResult, isAnswer: boolean): void {
    if (this.#isOver || result.outcome === 'lost') return;
    try {
      if (result.outcome === 'refused' && result.fate !== 'never') this.#refuse(flight, result);
      else this.#land(flight, result, isAnswer);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #land(flight: Delivery, result: PublishResult & { outcome: 'ok' | 'refused' }, isAnswer: boolean): void {
    const { poison, quarantine, delivery, onRetained } = this.#options;
    const { entry } = flight;
    this.#flights.remove(flight);
    poison.answered(entry);
    if (result.outcome === 'ok') {
      if (isAnswer) quarantine.acquit(entry);
      delivery.taken(entry);
      if (entry.retain) onRetained(entry);
      arrive(flight, result.unheard);
    } else {
      delivery.refused(entry, result.reason);
      this.#reject(flight, result.reason);
    }
    this.#plan();
  }

  /** It is sent again on another connection, and all that came after it as well, so that the order holds. */
  #refuse(flight: Delivery, { fate, reason }: Refused): void {
    this.#blamed = flight;
    const error = fail('REFUSED', `${this.#options.connection.server} refused a message: ${reason}`);
    this.#giveUp(Object.assign(error, { suspect: fate === 'suspect' }));
  }

  #reject(flight: Delivery, reason: string): void {
    this.#options.refusals.add(flight.entry.topic, reason);
    flight.settle('rejected', reason);
  }

  #search({ reason, oldest = false }: ConnectionError): void {
    const { poison, quarantine } = this.#options;
    const unanswered = this.#flights.all().slice(0, oldest ? 1 : undefined);
    const flying = this.#blamed === undefined ? unanswered : [this.#blamed];
    const culprit = poison.lost(flying.map(({ entry }) => entry));
    this.#searchUnproven();
    const flight = flying.find(({ entry }) => entry === culprit);
    if (flight === undefined) return;
    const tooLarge = reason === PACKET_TOO_LARGE;
    if (tooLarge || poison.isProven) quarantine.convict(flight.entry, tooLarge);
    this.#reject(flight, FATAL);
  }

  /** The last message of QoS 0 may be it as well, which is gone; its topic can still be spared. */
  #searchUnproven(): void {
    const { poison, quarantine, refusals } = this.#options;
    const topic = this.#flights.unproven;
    if (topic === undefined || !poison.lostUnanswered(topic)) return;
    quarantine.rest(topic);
    refusals.add(topic, FATAL);
  }

  #roomFor(topic: string): number {
    const { connection, quarantine } = this.#options;
    const packet = connection.limits.maximumPacketSize - PACKET_OVERHEAD - Buffer.byteLength(topic);
    return Math.min(packet, quarantine.roomFor(topic));
  }

  #waitForDrained(ms: number): Promise<void> {
    return new Promise(resolve => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#drained = () => {
        cancel();
        resolve();
      };
      this.#plan();
    });
  }
}

/** `unheard`: nobody subscribes to it. */
function arrive({ entry, settle }: Delivery, unheard = false): void {
  if (unheard && entry.demand?.subscriber) settle('redirected', 'no subscriber');
  else settle('published');
}
