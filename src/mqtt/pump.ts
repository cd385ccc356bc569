// Moves messages into one connection: within a window, one refill a turn of the event loop.
import type { Delivery, Entry, QueueReader } from '../outbox/types.ts';
import type { Clock } from '../util/clock.ts';
import { fail, fromSystem } from '../util/errors.ts';
import { adapt, type Shortfall } from './adapt.ts';
import type { PresentReader } from './present.ts';
import type { Refusals } from './refusals.ts';
import { createSupply, FATAL } from './supply.ts';
import type { Suspicion } from './suspicion.ts';
import type { Connection, ConnectionError, PublishResult } from './types.ts';

/** Unanswered publishes, where the broker's Receive Maximum is not lower. */
const WINDOW = 1_000;

export interface PumpOptions {
  connection: Connection;
  queue: QueueReader;
  present: PresentReader;
  suspicion: Suspicion;
  refusals: Refusals;
  /** Hears of each message that is sent with less than it asked for. */
  tell(what: Shortfall): void;
  clock: Clock;
}

type Refused = PublishResult & { outcome: 'refused' };

export interface Pump {
  start(): void;
  /** Resolves when all has gone that there is, or after `ms`, or at `stop`; sends nothing after that. */
  drain(ms: number): Promise<void>;
  /** Takes nothing more from now on; resolves when what is on its way is answered, or after `ms`, or at `stop`. */
  settle(ms: number): Promise<void>;
  /**
   * The connection is over: nothing counts any more. Sets the message aside that proves to have ended it; resolves
   * when the queue is not read any more.
   */
  stop(error: ConnectionError | undefined): Promise<void>;
}

/** A pump for one connection. A failing queue ends the connection with its error. */
export function createPump(options: PumpOptions): Pump {
  const { connection, queue, present, suspicion, refusals, clock, tell } = options;
  const flying = new Set<Delivery>();
  let planned = false;
  let over = false;
  let held: Delivery | undefined;
  let flyingQoS2 = 0;
  let blamed: Delivery | undefined;
  let drained = () => {};

  const giveUp = (error: unknown) => {
    over = true;
    connection.destroy(fromSystem(error, 'publisher'));
  };
  const plan = () => {
    if (planned || over) return;
    planned = true;
    setImmediate(guarded(turn, giveUp));
  };
  const supply = createSupply({ queue, present, onReady: plan, onError: giveUp });
  const window = () => (suspicion.alone() > 0 ? 1 : Math.min(WINDOW, connection.limits.receiveMaximum));
  const landed = guarded(land, giveUp);

  function turn(): void {
    planned = false;
    if (over) return;
    const now = clock.now();
    while (connection.writable() && flying.size < window()) {
      held ??= supply.next(now);
      if (held === undefined || !fits(held)) break;
      launch(held, now);
      held = undefined;
    }
    supply.fetch(window());
    if (flying.size === 0 && supply.isEmpty()) drained();
  }

  function fits({ entry }: Delivery): boolean {
    return entry.qos < 2 || flyingQoS2 < connection.limits.receiveMaximumQoS2;
  }

  function launch(flight: Delivery, now: number): void {
    const message = adapt(flight.entry, connection, { now, tell });
    if (message === undefined) arrive(flight);
    else {
      flying.add(flight);
      if (flight.entry.qos === 2) flyingQoS2 += 1;
      connection.publish(message, result => landed(flight, result));
    }
  }

  function land(flight: Delivery, result: PublishResult): void {
    if (over || result.outcome === 'lost') return;
    if (result.outcome === 'refused' && result.fate !== 'never') refuse(flight, result);
    else {
      flying.delete(flight);
      if (flight.entry.qos === 2) flyingQoS2 -= 1;
      suspicion.cleared();
      if (result.outcome === 'ok') arrive(flight, result.unheard);
      else reject(flight, result.reason);
      plan();
    }
  }

  /** It is sent again on another connection, and all that came after it as well, so that the order holds. */
  function refuse(flight: Delivery, { fate, reason }: Refused): void {
    blamed = flight;
    const error = fail('REFUSED', `${connection.server} refused a message: ${reason}`);
    giveUp(Object.assign(error, { suspect: fate === 'suspect' }));
  }

  function reject(flight: Delivery, reason: string): void {
    refusals.add(flight.entry.topic, reason);
    flight.settle('rejected', reason);
  }

  return {
    start() {
      connection.onWritable(plan);
      supply.open();
      plan();
    },
    async drain(ms) {
      if (!over) await waitForDrained(ms);
      await supply.close();
    },
    async settle(ms) {
      const closed = supply.close();
      if (!over) await waitForDrained(ms);
      await closed;
    },
    stop(error) {
      over = true;
      drained();
      const culprit = error?.suspect
        ? suspicion.lost([...flying].map(suspectOf), blamed && suspectOf(blamed))
        : undefined;
      if (culprit !== undefined) reject(culprit.flight, FATAL);
      return supply.close();
    },
  };

  function waitForDrained(ms: number): Promise<void> {
    return new Promise(resolve => {
      const cancel = clock.after(ms, resolve);
      drained = () => {
        cancel();
        resolve();
      };
      plan();
    });
  }
}

/** `unheard`: nobody subscribes to it. */
function arrive({ entry, settle }: Delivery, unheard = false): void {
  if (unheard && entry.demand?.subscriber) settle('redirected', 'no subscriber');
  else settle('published');
}

function suspectOf(flight: Delivery) {
  return { flight, key: () => keyOf(flight.entry) };
}

/** The same for the same message on a later connection: of the present state, which has no device, by its topic. */
function keyOf({ device, topic, id, seq, payload }: Entry): string {
  return device === '' ? topic : JSON.stringify([device, topic, id, seq, payload.length]);
}

function guarded<A extends unknown[]>(action: (...args: A) => void, onError: (error: unknown) => void) {
  return (...args: A) => {
    try {
      action(...args);
    } catch (error) {
      onError(error);
    }
  };
}
