// The connections that read from a broker: one for all who subscribe there, and more for those who act on what they read.
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';
import { overlaps } from './filter.ts';
import {
  createReadingConnection,
  type ReadingConnection,
  type Subscribe,
  type Subscription,
} from './reading-connection.ts';
import type { BrokerOptions } from './types.ts';

export interface ReaderOptions {
  broker: BrokerOptions;
  clock: Clock;
  log: Log;
  /** Ends them. */
  signal: AbortSignal;
}

export interface Reader {
  /** Whoever gets a message once shares a connection with nobody whose filters overlap. */
  subscribe: Subscribe;
  /** Resolves once `signal` was aborted and all have ended. */
  ended(): Promise<unknown>;
}

interface Lane {
  connection: ReadingConnection;
  ended: Promise<void>;
  subscriptions: Set<Subscription>;
}

const SHARED = 1;

/** A connection is made when it is first needed, and kept. Throws CONFIG for a broker URL that is none. */
export function createReader({ broker, clock, log, signal }: ReaderOptions): Reader {
  const lanes = new Map<number, Lane>();

  // The publisher's client ID twice would push it out.
  const clientId = (number: number) =>
    number === SHARED ? `${broker.clientId}-reader` : `${broker.clientId}-reader-${number}`;

  const open = (number: number): Lane => {
    const options = { broker: { ...broker, clientId: clientId(number) }, clock, log };
    const connection = createReadingConnection(options);
    const lane = { connection, ended: connection.run(signal), subscriptions: new Set<Subscription>() };
    lanes.set(number, lane);
    return lane;
  };

  const laneAt = (number: number) => lanes.get(number) ?? open(number);

  // A broker may send a message once for each filter of a connection (MQTT 5 §3.3.4), and mosquitto does.
  const laneOf = ({ filters, once = false }: Subscription): Lane => {
    if (!once) return laneAt(SHARED);
    for (let number = SHARED + 1; ; number++) {
      const lane = laneAt(number);
      const taken = [...lane.subscriptions].flatMap(other => other.filters);
      if (!filters.some(filter => taken.some(other => overlaps(filter, other)))) return lane;
    }
  };

  return {
    subscribe(subscription) {
      const { connection, subscriptions } = laneOf(subscription);
      subscriptions.add(subscription);
      const leave = connection.subscribe(subscription);
      return () => {
        subscriptions.delete(subscription);
        leave();
      };
    },
    ended: () => Promise.all([...lanes.values()].map(({ ended }) => ended)),
  };
}
