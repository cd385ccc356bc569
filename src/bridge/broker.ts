// One broker as a part of the house: its queue, its publisher and, where the bridge is the broker, that too.
import type { BrokerConfig } from '../config/types.ts';
import { startEmbedded } from '../mqtt/embedded.ts';
import { createPresent } from '../mqtt/present.ts';
import { type PublisherState, runPublisher } from '../mqtt/publisher.ts';
import { createReader, type Reader } from '../mqtt/reader.ts';
import type { BridgeState } from '../mqtt/session.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Clock } from '../util/clock.ts';
import { aborted } from '../util/ending.ts';
import { ERRORS } from '../util/errors.ts';
import { type Log, withFields } from '../util/log.ts';
import { supervise } from '../util/supervise.ts';
import type { Board } from './board.ts';
import { peerOptions } from './peer.ts';
import type { Running } from './reconcile.ts';

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
  clock: Clock;
  log: Log;
  /** Ends it at once, with nothing drained. */
  kill: AbortSignal;
}

/** Supplies a broker with what its queue holds, until it is stopped. */
export function startBroker({ config, ...options }: BrokerPartOptions): BrokerPart {
  const { outbox, clock, kill } = options;
  const log = withFields(options.log, { broker: config.name });
  const [serving, publishing, reading] = [
    new AbortController(),
    new AbortController(),
    new AbortController(),
  ];
  const present = createPresent();
  const detach = options.board.attach(config.name, present);
  let current: PublisherState | undefined;
  const served = config.embedded ? serve({ config, clock, log, signal: serving.signal }) : NOT_SERVED;
  const queue = outbox.queue(config.name, config.queue);
  const publish = () =>
    runPublisher({
      broker: peerOptions(config),
      queue,
      present,
      state: options.state,
      signal: publishing.signal,
      kill,
      clock,
      log,
      onState(state) {
        current = state;
      },
      onLost: options.onLost,
    });
  const published = served.ready.then(publish);
  const reader = createReader({ broker: peerOptions(config), clock, log, signal: reading.signal });
  return {
    config,
    state: () => current,
    ready: served.ready,
    reader,
    async stop() {
      detach();
      reading.abort();
      publishing.abort();
      await Promise.all([published, reader.ended()]);
      serving.abort();
      await served.ended;
    },
  };
}

interface ServeOptions {
  config: BrokerConfig;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

interface Served {
  /** It takes connections, or cannot yet. */
  ready: Promise<void>;
  ended: Promise<void>;
}

const NOT_SERVED: Served = { ready: Promise.resolve(), ended: Promise.resolve() };

/** Is the broker, as long as its port can be had. */
function serve({ config, clock, log, signal }: ServeOptions): Served {
  const { username, password } = config;
  const { hostname, port } = new URL(config.urls[0] ?? '');
  let tell = () => {};
  const ready = new Promise<void>(resolve => {
    tell = resolve;
  });
  const ended = supervise({
    signal,
    clock,
    async run(running, up) {
      const login = {
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
      };
      const broker = await startEmbedded({
        host: hostname.replace(/^\[|\]$/g, ''),
        port: Number(port),
        ...login,
      });
      up();
      tell();
      await aborted(running);
      await broker.close();
    },
    onDown(error, { news }) {
      tell();
      if (news) log.error({ code: error.code, hint: ERRORS[error.code].hint }, error.message);
    },
  });
  return { ready, ended: ended.finally(tell) };
}
