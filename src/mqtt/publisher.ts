// Keeps one broker supplied: connects, drains the queue into it, and begins again whenever the connection ends.
import type { QueueReader } from '../outbox/types.ts';
import type { Clock } from '../util/clock.ts';
import { type BridgeError, ERRORS } from '../util/errors.ts';
import type { Log } from '../util/log.ts';
import { type Down, supervise, type Up } from '../util/supervise.ts';
import type { Shortfall } from './adapt.ts';
import { DeliveryWatch } from './delivery-watch.ts';
import { createDialer } from './dial.ts';
import { watchHome } from './home.ts';
import { Logins } from './logins.ts';
import { LossWatch } from './loss.ts';
import { PoisonSearch } from './poison.ts';
import type { PresentReader } from './present.ts';
import { Quarantine } from './quarantine.ts';
import { TAKEN_OVER } from './reasons.ts';
import { createRefusals } from './refusals.ts';
import { Retention } from './retention.ts';
import { type BridgeState, runSession } from './session.ts';
import { createTakeoverWatch } from './takeover.ts';
import type { BrokerNotes, BrokerOptions, Connection, ConnectionError, ProtocolVersion } from './types.ts';

/** How a broker is doing, for status and metrics. */
export type PublisherState =
  | { state: 'up'; server: string; version: ProtocolVersion }
  | { state: 'down'; error: BridgeError; attempt: number; waitMs: number };

export interface PublisherOptions {
  broker: BrokerOptions;
  queue: QueueReader;
  present: PresentReader;
  state: BridgeState;
  /** What is remembered of this broker over restarts. */
  notes: BrokerNotes;
  /** Stops in good order: drains for at most `drainMs` (default 5 s), publishes `offline`, disconnects. */
  signal: AbortSignal;
  /** Stops at once; the broker publishes the will. */
  kill?: AbortSignal;
  drainMs?: number;
  clock: Clock;
  log: Log;
  onState?(state: PublisherState): void;
  /** Nothing goes through any more, for this reason; undefined: it does again. */
  onTrouble?(error: BridgeError | undefined): void;
  /** The broker has lost what it retained: all states have to be said again. */
  onLost?(): void;
  /** In [0, 1), for the jitter of the waits between connections. */
  random?: () => number;
}

const DRAIN_MS = 5_000;
const SEARCH_WAIT_MS = 1_000;

const SHORTFALLS: Readonly<Record<Shortfall, string>> = {
  qos: 'the broker allows only a lower QoS than configured: messages are sent with that',
  retain:
    'the broker keeps no retained messages: they are sent without that, so new subscribers see no states',
  subscriber:
    'the broker cannot say whether somebody takes a message (MQTT 3.1.1, or QoS 0): `requireSubscriber` counts as fulfilled',
};

/** Runs until it is stopped; never rejects but with CONFIG, for a broker URL that is none. */
export async function runPublisher(options: PublisherOptions): Promise<void> {
  const { state, clock, log, signal, kill, random = Math.random, drainMs = DRAIN_MS } = options;
  const { logins = new Logins(clock) } = options.broker;
  const broker = { ...options.broker, logins };
  const will = { topic: state.topic, payload: state.offline, qos: 1, retain: true } as const;
  const dial = createDialer({ broker, will, clock });
  const refusals = createRefusals(log, clock);
  const poison = new PoisonSearch();
  const delivery = new DeliveryWatch({ clock, onTrouble: error => options.onTrouble?.(error) });
  const loss = new LossWatch({ ...options, topic: state.checkpoint, onLost: () => options.onLost?.() });
  const mayHurry = createBurst(clock);
  const session = {
    ...options,
    kill,
    drainMs,
    refusals,
    delivery,
    poison,
    quarantine: new Quarantine(options),
    takeover: createTakeoverWatch(),
    retention: new Retention(clock),
    tell: createTeller(log),
    loss,
  };
  const reports = createReports(options);

  /** Publishes over one connection; true where it ended because the first server is back. */
  async function publish(connection: Connection, ending: AbortSignal): Promise<boolean> {
    const home = watchHome({ broker, connection, clock, log });
    await runSession({ ...session, connection, signal: ending, move: home.back }).finally(home.stop);
    return home.back.aborted;
  }

  await supervise({
    signal,
    clock,
    random,
    async run(ending, up) {
      for (let moves = true; moves && !ending.aborted; ) {
        const connection = await dial(ending).catch(error => {
          session.takeover.unreached();
          throw error;
        });
        reports.connected(connection);
        up();
        moves = await publish(connection, ending);
      }
    },
    classify(error: ConnectionError) {
      // A fight for a client identifier harms both.
      if (error.reason === TAKEN_OVER) return 'late';
      if (error.retry !== undefined) return error.retry;
      // Each end on the way to the message that causes them is one step.
      const hurries = error.suspect && poison.isSearching && mayHurry();
      return hurries ? { waitMs: random() * SEARCH_WAIT_MS } : ERRORS[error.code].retry;
    },
    onBack: (error, again) => logins.onBack(error, again),
    onUp: reports.up,
    onDown(error, down) {
      reports.down(error, down);
      delivery.failed(error);
    },
  });
  delivery.stop();
  loss.stop();
  refusals.close();
}

/** Whether one more may be made soon: so many at first, and then one more each time that so long (ms) has gone by. */
function createBurst(clock: Clock, { size, everyMs } = { size: 30, everyMs: 10_000 }): () => boolean {
  let left = size;
  let since = clock.monotonic();
  return () => {
    const grown = Math.floor((clock.monotonic() - since) / everyMs);
    left = Math.min(size, left + grown);
    since += grown * everyMs;
    left -= 1;
    if (left >= 0) return true;
    left = 0;
    return false;
  };
}

/** One line a streak of failures, one when it is over; the state each time. */
function createReports({ log, onState }: PublisherOptions) {
  let current: Connection | undefined;
  return {
    connected(connection: Connection) {
      current = connection;
    },
    up({ attempts, downMs, news }: Up) {
      if (current === undefined) return;
      const { server, version } = current;
      onState?.({ state: 'up', server, version });
      if (news || attempts === 0) log.info({ server, version, attempts, downMs }, 'connected to the broker');
    },
    down(error: BridgeError, { attempt, waitMs, news }: Down) {
      onState?.({ state: 'down', error, attempt, waitMs });
      if (!news) return;
      const { meaning, hint } = ERRORS[error.code];
      log.warn({ code: error.code, detail: error.message, attempt, waitMs, hint }, meaning);
    },
  };
}

function createTeller(log: Log): (what: Shortfall) => void {
  const told = new Set<Shortfall>();
  return what => {
    if (told.has(what)) return;
    told.add(what);
    log.warn({}, SHORTFALLS[what]);
  };
}
