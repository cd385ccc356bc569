// The embedded broker as a part of a broker: tries to listen until it can. The bridge's own clients reach it inside this
// process, so that neither a password nor a message goes to whoever else may have its port.
import type { Duplex } from 'node:stream';
import type { BrokerConfig } from '../config/types.ts';
import { type Embedded, startEmbedded } from '../mqtt/embedded.ts';
import type { Clock } from '../util/clock.ts';
import { aborted } from '../util/ending.ts';
import { supervise } from '../util/supervise.ts';
import { within } from '../util/within.ts';
import type { Troubles } from './troubles.ts';

/** A port that somebody else has costs nothing to ask for. */
const RETRY = { waitMs: 5_000 };

export interface EmbeddedOptions {
  config: BrokerConfig;
  clock: Clock;
  troubles: Troubles;
  /** Ends it. */
  signal: AbortSignal;
}

export interface EmbeddedBroker {
  /** Resolves once it takes connections, or cannot yet. */
  ready: Promise<void>;
  /** Connects to it once it listens; rejects with the signal's reason. */
  open(signal: AbortSignal): Promise<Duplex>;
  ended: Promise<void>;
}

export function runEmbedded({ config, clock, troubles, signal }: EmbeddedOptions): EmbeddedBroker {
  const name = `embedded ${config.name}`;
  const { resolve: listens, promise: listening } = deferred<Embedded>();
  const { resolve: tried, promise: ready } = deferred<void>();
  const ended = supervise({
    signal,
    clock,
    classify: () => RETRY,
    async run(running, up) {
      const broker = await startEmbedded(listenerOf(config));
      up();
      listens(broker);
      tried();
      await aborted(running);
      await broker.close();
    },
    onDown({ code, message }) {
      tried();
      troubles.begin(name, {
        code,
        detail: message,
        over: 'the embedded broker listens',
        broker: config.name,
      });
    },
    onUp: () => troubles.end(name),
  });
  return {
    ready,
    open: async wanted => (await within(listening, wanted)).connect(),
    ended: ended.finally(tried).finally(() => troubles.forget(name)),
  };
}

/** Where it listens, and who may log in. */
export function listenerOf({ urls: [url = ''], username, password }: BrokerConfig) {
  const { hostname, port } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>(resolved => {
    resolve = resolved;
  });
  return { resolve, promise };
}
