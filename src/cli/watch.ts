// A subscriber for people: what passes at a broker, for as long as it is watched.
import { createDialer } from '../mqtt/dial.ts';
import type { BrokerOptions, Connection, Inbound } from '../mqtt/types.ts';
import type { Clock } from '../util/clock.ts';
import { endWith } from '../util/ending.ts';
import type { BridgeError } from '../util/errors.ts';
import { supervise } from '../util/supervise.ts';

export interface WatchOptions {
  broker: BrokerOptions;
  /** MQTT topic filters. */
  filters: readonly string[];
  /** Also a first connection that fails is tried again. */
  patient?: boolean;
  onMessage(message: Inbound): void;
  /** A message is too large to be shown. */
  onTooLarge?(message: { topic: string; bytes: number }): void;
  /** It is subscribed. */
  onUp?(connection: Connection): void;
  /** It lost the broker, and tries again after so many ms. */
  onDown?(error: BridgeError, waitMs: number): void;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Subscribes, and again after a lost connection, until `signal` is aborted. Rejects with the error of a first
 * connection or subscription that fails, unless it is to be patient: whoever waits at a terminal wants to know.
 */
export async function watch(options: WatchOptions): Promise<void> {
  const { broker, patient = false, clock, signal } = options;
  const dial = createDialer({ broker, clock });
  const ending = endWith(signal);
  let subscribed = false;
  let failure: BridgeError | undefined;
  await supervise({
    signal: ending.signal,
    clock,
    async run(running, up) {
      const connection = await dial(running);
      await read(connection, options, running, () => {
        subscribed = true;
        up();
        options.onUp?.(connection);
      });
    },
    onDown(error, { waitMs }) {
      if (subscribed || patient) return options.onDown?.(error, waitMs);
      failure = error;
      ending.end();
    },
  });
  ending.unlink();
  if (failure !== undefined) throw failure;
}

/** Until the connection ends: with `signal` in good order, else with its error. */
async function read(
  connection: Connection,
  { filters, onMessage, onTooLarge = () => {} }: WatchOptions,
  signal: AbortSignal,
  up: () => void,
): Promise<void> {
  const close = () => void connection.close();
  signal.addEventListener('abort', close);
  if (signal.aborted) close();
  try {
    connection.receive(message => void onMessage(message), { tooLarge: onTooLarge });
    const over = connection.ended.then(error => {
      if (error !== undefined) throw error;
    });
    // Some brokers end the connection instead of refusing.
    for (const filter of filters) await Promise.race([connection.subscribe(filter), over]);
    if (!signal.aborted) up();
    await over;
  } finally {
    signal.removeEventListener('abort', close);
    connection.destroy();
  }
}
