// The way back to a broker's first server: while another one serves, looks whether the first is well again.
import { type Clock, sleep } from '../util/clock.ts';
import { ERRORS, fromSystem } from '../util/errors.ts';
import type { Log } from '../util/log.ts';
import { createDialer } from './dial.ts';
import { parseServer } from './socket.ts';
import type { BrokerOptions, Connection } from './types.ts';

const LOOK_MS = 30_000;

export interface HomeOptions {
  broker: BrokerOptions;
  connection: Pick<Connection, 'server'>;
  clock: Clock;
  log: Log;
}

export interface HomeWatch {
  /** Aborted once the first server has taken a connection again. */
  readonly back: AbortSignal;
  stop(): void;
}

/**
 * Tries the first server with a client identifier of its own (`…-probe`), so that the connection that serves is not
 * taken over. Does nothing where that one is with the first server.
 */
export function watchHome(options: HomeOptions): HomeWatch {
  const stopping = new AbortController();
  const back = new AbortController();
  const [first = ''] = options.broker.servers;
  if (parseServer(first).name !== options.connection.server) void look(first, options, stopping.signal, back);
  return { back: back.signal, stop: () => stopping.abort() };
}

async function look(
  first: string,
  { broker, clock, log }: HomeOptions,
  signal: AbortSignal,
  back: AbortController,
): Promise<void> {
  const probe = { ...broker, servers: [first], clientId: `${broker.clientId}-probe` };
  const dial = createDialer({ broker: probe, clock });
  const tell = createTeller(log);
  for (;;) {
    await sleep(clock, broker.lookMs ?? LOOK_MS, signal);
    if (signal.aborted) return;
    try {
      const connection = await dial(signal);
      await connection.close();
      return back.abort();
    } catch (error) {
      if (!signal.aborted) tell(error);
    }
  }
}

/** That it is still away is no news; that it would never take the probe is, once. */
function createTeller(log: Log): (error: unknown) => void {
  let told = false;
  return thrown => {
    const error = fromSystem(thrown, 'probe');
    if (told || ERRORS[error.code].retry === 'soon') return;
    told = true;
    log.warn({ code: error.code, detail: error.message }, 'the way back to the first server cannot be tried');
  };
}
