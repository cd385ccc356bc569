// Moves messages from the present state and the queue into one connection, within a window, one refill a turn.
import type { Delivery, Entry, QueueReader } from '../outbox/types.ts';
import type { Clock } from '../util/clock.ts';
import { fail, fromSystem } from '../util/errors.ts';
import { adapt, type Shortfall } from './adapt.ts';
import type { PresentReader } from './present.ts';
import type { Refusals } from './refusals.ts';
import type { Suspicion } from './suspicion.ts';
import type { Connection, ConnectionError, PublishResult } from './types.ts';

/** Unanswered publishes, where the broker's Receive Maximum is not lower. */
const WINDOW = 1_000;
/** Characters of payload that are held; what is taken beyond that is one helping. */
const MAX_LOAD = 4 * 1024 * 1024;

export interface PumpOptions {
  connection: Connection;
  queue: QueueReader;
  present: PresentReader;
  suspicion: Suspicion;
  refusals: Refusals;
  tell(what: Shortfall): void;
  clock: Clock;
}

export interface Pump {
  start(): void;
  /** Resolves when all has gone that there is, or after `ms`, or at `stop`; sends nothing more after that. */
  drain(ms: number): Promise<void>;
  /** The connection is over: nothing counts any more; finds the message that ended it. */
  stop(error: ConnectionError | undefined): void;
}

/** A message on its way, from the queue or from the present state. */
interface Flight {
  entry: Entry;
  key(): string;
  arrived(): void;
  reject(reason: string): void;
}

/** Failures of the queue end the connection with their error. */
export function createPump(options: PumpOptions): Pump {
  const { connection, suspicion, refusals, clock } = options;
  const supply = createSupply(options, plan);
  const flying = new Set<Flight>();
  let planned = false;
  let over = false;
  let blamed: Flight | undefined;
  let drained: (() => void) | undefined;

  function plan(): void {
    if (planned || over) return;
    planned = true;
    setImmediate(guarded(turn));
  }

  function turn(): void {
    planned = false;
    if (over) return;
    while (room() > 0) {
      const flight = supply.next();
      if (flight === undefined) break;
      launch(flight);
    }
    supply.fetch(window() - flying.size);
    if (flying.size === 0 && supply.isEmpty()) drained?.();
  }

  function window(): number {
    return suspicion.alone() > 0 ? 1 : Math.min(WINDOW, connection.limits.receiveMaximum);
  }

  function room(): number {
    return connection.writable() ? window() - flying.size : 0;
  }

  function launch(flight: Flight): void {
    const message = adapt(flight.entry, connection, { now: clock.now(), tell: options.tell });
    if (message === undefined) return flight.arrived();
    flying.add(flight);
    connection.publish(message, guarded((result: PublishResult) => land(flight, result)));
  }

  function land(flight: Flight, result: PublishResult): void {
    if (over || result.outcome === 'lost') return;
    if (result.outcome === 'refused' && result.fate !== 'never') return giveUp(flight, result);
    flying.delete(flight);
    suspicion.cleared();
    if (result.outcome === 'ok') flight.arrived();
    else reject(flight, result.reason);
    plan();
  }

  function reject(flight: Flight, reason: string): void {
    refusals.add(flight.entry.topic, reason);
    flight.reject(reason);
  }

  /** Refused for now: sent again on another connection, and all that came after it too, so that the order holds. */
  function giveUp(flight: Flight, { fate, reason }: PublishResult & { outcome: 'refused' }): void {
    over = true;
    blamed = flight;
    const error = fail('REFUSED', `${connection.server} refused a message: ${reason}`);
    connection.destroy(Object.assign(error, { suspect: fate === 'suspect' }));
  }

  function guarded<A extends unknown[]>(callback: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      try {
        callback(...args);
      } catch (error) {
        connection.destroy(fromSystem(error, 'publisher'));
      }
    };
  }

  return {
    start() {
      connection.onWritable(plan);
      supply.open();
      plan();
    },
    async drain(ms) {
      if (over) return;
      await new Promise<void>(resolve => {
        const cancel = clock.after(ms, resolve);
        drained = () => {
          cancel();
          resolve();
        };
        plan();
      });
      supply.close();
    },
    stop(error) {
      over = true;
      supply.close();
      drained?.();
      if (!error?.suspect) return;
      const culprit = suspicion.lost([...flying], blamed);
      if (culprit !== undefined) reject(culprit, 'ends the connection');
    },
  };
}
