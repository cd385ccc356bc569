// One broker as a part of the house: its queue, its publisher and, where the bridge is the broker, that too.
import { createHash } from 'node:crypto';
import type { BrokerConfig } from '../config/types.ts';
import { Logins } from '../mqtt/logins.ts';
import { createPresent } from '../mqtt/present.ts';
import { type PublisherState, runPublisher } from '../mqtt/publisher.ts';
import { createReader, type Reader } from '../mqtt/reader.ts';
import type { BridgeState } from '../mqtt/session.ts';
import type { BrokerNotes } from '../mqtt/types.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Clock } from '../util/clock.ts';
import type { BridgeError } from '../util/errors.ts';
import { type Log, withFields } from '../util/log.ts';
import type { Board } from './board.ts';
import { runEmbedded } from './embedded.ts';
import { peerOptions } from './peer.ts';
import type { Running } from './reconcile.ts';
import type { Trouble, Troubles } from './troubles.ts';

export interface BrokerPart extends Running<BrokerConfig> {
  state(): PublisherState | undefined;
  /** Resolves when it can be connected to, as far as that is up to the bridge. */
  ready: Promise<void>;
  /** What reads from it; it connects when somebody first subscribes. */
  reader: Reader;
}

export interface BrokerPartOptions {
  /** It has lost what it retained. */
  onLost(): void;
  config: BrokerConfig;
  outbox: Outbox;
  board: Board;
  state: BridgeState;
  troubles: Troubles;
  clock: Clock;
  log: Log;
  /** Ends it at once, with nothing drained. */
  kill: AbortSignal;
}

/** Supplies a broker with what its queue holds, until it is stopped. */
export function startBroker({ config, ...options }: BrokerPartOptions): BrokerPart {
  const { outbox, clock, kill, troubles } = options;
  const trouble = `broker ${config.name}`;
  const log = withFields(options.log, { broker: config.name });
  const [serving, publishing, reading] = [
    new AbortController(),
    new AbortController(),
    new AbortController(),
  ];
  const present = createPresent();
  const detach = options.board.attach(config.name, present);
  let current: PublisherState | undefined;
  const embedded = config.embedded
    ? runEmbedded({ config, clock, troubles, signal: serving.signal })
    : undefined;
  const notes = notesOf(outbox, config);
  const login = loginOf(config);
  const logins = new Logins(clock, {
    wasAccepted: notes.get(LOGIN) === login,
    onAccepted: () => notes.set(LOGIN, login),
  });
  const broker = { ...peerOptions(config), logins, ...(embedded && { open: embedded.open }) };
  const queue = outbox.queue(config.name, config.queue);
  const published = runPublisher({
    broker,
    queue,
    present,
    state: options.state,
    notes,
    signal: publishing.signal,
    kill,
    clock,
    log,
    onState(state) {
      current = state;
    },
    onTrouble(error) {
      if (error === undefined) troubles.end(trouble);
      else troubles.begin(trouble, troubleOf(error, config.name));
    },
    onLost: options.onLost,
  });
  const reader = createReader({ broker, clock, log, signal: reading.signal });
  return {
    config,
    state: () => current,
    ready: embedded?.ready ?? Promise.resolve(),
    reader,
    async stop() {
      detach();
      reading.abort();
      publishing.abort();
      await Promise.all([published, reader.ended()]);
      troubles.forget(trouble);
      serving.abort();
      await embedded?.ended;
    },
  };
}

/** Of another broker of the same name nothing is known. */
function notesOf(outbox: Outbox, { name, urls }: BrokerConfig): BrokerNotes {
  const which = createHash('sha256').update(urls.join(' ')).digest('hex').slice(0, 16);
  const prefix = `broker/${name}/${which}/`;
  return {
    get: key => outbox.note(prefix + key),
    set: (key, value) => void outbox.remember([{ key: prefix + key, value }]),
  };
}

/** The note of the login that was right. */
const LOGIN = 'login';
const LOGIN_DIGITS = 3;

/** Of a hash of it, enough to tell that it was changed, and too little to find the password by. */
function loginOf({ name, username = '', password }: BrokerConfig): string {
  const text = JSON.stringify([name, username, password?.reveal()]);
  return createHash('sha256').update(text).digest('hex').slice(0, LOGIN_DIGITS);
}

function troubleOf({ code, message }: BridgeError, broker: string): Trouble {
  return { code, broker, detail: `nothing goes through: ${message}`, over: 'messages go through again' };
}
