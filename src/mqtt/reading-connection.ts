// One reading connection to a broker, shared by all who subscribe there, and made again whenever it ends. It never publishes.
import type { Clock } from '../util/clock.ts';
import { type BridgeError, ERRORS, fail } from '../util/errors.ts';
import type { Log } from '../util/log.ts';
import type { Moment } from '../util/moment.ts';
import { type Down, supervise, type Up } from '../util/supervise.ts';
import { createDialer } from './dial.ts';
import { createTopicFilter } from './filter.ts';
import type { Oversize } from './frames.ts';
import { createIntakes, type Intake } from './intake.ts';
import { Logins } from './logins.ts';
import type { BrokerOptions, Connection, ConnectionError, Inbound } from './types.ts';

export interface Subscription {
  /** Topic filters, asked for in this order, each once the broker has answered for the one before. */
  filters: readonly string[];
  /** Each message must come just once, since it makes something happen; default false. */
  once?: boolean;
  /** Resolves once it is done with the message; while 64 are open, nothing is read from the broker. */
  onMessage(message: Inbound): Promise<void>;
  /** A message past 1 MiB came, of which only this is known. */
  onTooLarge?(message: Oversize): void;
  /** The broker has granted it, or a part of it: again after each connection. What it retains comes from here on. */
  onUp?(): void;
  /** The broker has answered the ping of that moment, behind all that it had sent, which was handed on. */
  onAnswered?(asked: Moment): void;
  /** It could not be made, was refused, or is over; unless that was by `unsubscribe`. */
  onDown?(error: BridgeError): void;
}

export type Subscribe = (subscription: Subscription) => () => void;

export interface ReadingConnectionOptions {
  broker: BrokerOptions;
  clock: Clock;
  log: Log;
  /** In [0, 1), for the jitter of the waits between connections. */
  random?: () => number;
}

export interface ReadingConnection {
  /** Subscribes, at once or when next connected, and from then on; returns the end of that. */
  subscribe: Subscribe;
  /** Keeps the connection until `signal` is aborted; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

interface Subscriber extends Subscription {
  matches(topic: string): boolean;
  intake: Intake;
}

/** Throws CONFIG for a broker URL that is none. */
export function createReadingConnection({
  broker,
  clock,
  log,
  random = Math.random,
}: ReadingConnectionOptions): ReadingConnection {
  const { logins = new Logins(clock) } = broker;
  const dial = createDialer({ broker: { ...broker, logins }, clock });
  const subscribers = new Set<Subscriber>();
  const intakes = createIntakes(clock);
  let connection: Connection | undefined;
  let over = false;
  /** No line on another message that is too large before that (ms, monotonic). */
  let quietUntil = Number.NEGATIVE_INFINITY;

  const tellAll = (error: BridgeError) => {
    for (const subscriber of [...subscribers]) subscriber.onDown?.(error);
  };

  const dispatch = (message: Inbound): Promise<void> | undefined => {
    for (const { matches, intake } of subscribers) if (matches(message.topic)) intake.take(message);
    return intakes.room();
  };

  const passOver = (message: Oversize) => {
    const { topic, bytes } = message;
    for (const { matches, onTooLarge } of subscribers) if (matches(topic)) onTooLarge?.(message);
    const now = clock.monotonic();
    if (now < quietUntil) return;
    quietUntil = now + QUIET_MS;
    log.warn({ code: 'TOO_LARGE', topic: topic.slice(0, TOPIC_SHOWN), bytes }, PASSED_OVER);
  };

  async function ask(subscriber: Subscriber, asked: Connection): Promise<void> {
    const refusals: BridgeError[] = [];
    for (const filter of subscriber.filters) {
      await asked.subscribe(filter).catch(error => refusals.push(error));
      if (connection !== asked || !subscribers.has(subscriber)) return;
    }
    const [refusal] = refusals;
    if (refusal === undefined || refusals.length < subscriber.filters.length) subscriber.onUp?.();
    else subscriber.onDown?.(refusal);
  }

  function remove(subscriber: Subscriber): void {
    subscribers.delete(subscriber);
    subscriber.intake.close();
    const stillWanted = (filter: string) => [...subscribers].some(({ filters }) => filters.includes(filter));
    for (const filter of subscriber.filters) if (!stillWanted(filter)) connection?.unsubscribe(filter);
  }

  async function read(signal: AbortSignal, up: () => void): Promise<void> {
    const made = await dial(signal);
    const close = () => void made.close();
    signal.addEventListener('abort', close);
    if (signal.aborted) close();
    made.receive(dispatch, {
      flooded: () => log.warn({}, FLOODED),
      tooLarge: passOver,
      answered(asked) {
        for (const subscriber of subscribers) subscriber.onAnswered?.(asked);
      },
    });
    connection = made;
    up();
    for (const subscriber of [...subscribers]) void ask(subscriber, made);
    const error = await made.ended;
    connection = undefined;
    signal.removeEventListener('abort', close);
    if (error !== undefined) throw error;
  }

  return {
    subscribe(subscription) {
      const lagging = () => {
        remove(subscriber);
        subscription.onDown?.(fail('STALLED', 'its messages come faster than they can be dealt with'));
      };
      const tests = subscription.filters.map(createTopicFilter);
      const subscriber = {
        ...subscription,
        matches: (topic: string) => tests.some(test => test(topic)),
        intake: intakes.add(subscription.onMessage, lagging),
      };
      if (over) subscription.onDown?.(stopped());
      else subscribers.add(subscriber);
      if (connection !== undefined) void ask(subscriber, connection);
      return () => remove(subscriber);
    },
    async run(signal) {
      const onDown = (error: BridgeError, down: Down) => {
        logDown(log, error, down);
        tellAll(error);
      };
      await supervise({
        ...{ signal, clock, random, run: read, onDown },
        classify: ({ code, retry }: ConnectionError) => retry ?? ERRORS[code].retry,
        onBack: (error, again) => logins.onBack(error, again),
        onUp: up => logUp(log, up),
      });
      over = true;
      tellAll(stopped());
    },
  };
}

const QUIET_MS = 60_000;
const TOPIC_SHOWN = 256;
const PASSED_OVER = 'reading: a message of more than 1 MiB is passed over';
const FLOODED =
  'reading: more messages come than there is time for: they are read slower, so that all else goes on';

function stopped(): BridgeError {
  return fail('CLOSED', 'the bridge reads from this broker no more');
}

function logDown(log: Log, error: BridgeError, { attempt, waitMs, news }: Down): void {
  const { meaning, hint } = ERRORS[error.code];
  if (news)
    log.warn({ code: error.code, detail: error.message, attempt, waitMs, hint }, `reading: ${meaning}`);
}

function logUp(log: Log, { attempts, downMs, news }: Up): void {
  if (news || attempts === 0) log.info({ attempts, downMs }, 'reads from the broker');
}
