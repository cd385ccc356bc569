// The source for newer devices: their events as JSON, over one WebSocket (PROTOCOLS 2).
import { type Clock, sleep } from '../../util/clock.ts';
import { fail } from '../../util/errors.ts';
import type { Source, SourceContext } from '../source.ts';
import type { WebSocketConnection } from './connection.ts';
import { type OpenStream, openStream } from './login.ts';
import { createWebSocketStream } from './stream.ts';
import { subscribe } from './subscription.ts';

/** Silence has to be noticed within 30 s: a ping each 10 s, and 10 s for any sign of life. */
const PING_MS = 10_000;
const FAREWELL_MS = 100;

/** Listens to a device's event stream until the signal is aborted; rejects with a BridgeError when it ends. */
export const websocket: Source = async context => {
  try {
    context.signal.throwIfAborted();
    await listen(context, await openStream(context));
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
};

async function listen(context: SourceContext, { connection, detail }: OpenStream): Promise<void> {
  const { signal, clock } = context;
  const stream = createWebSocketStream(context, connection);
  const stop = () => connection.end(signal.reason);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    await subscribe(stream, context);
    context.opened(detail);
    stream.start();
    await keepAlive(connection, clock);
  } finally {
    signal.removeEventListener('abort', stop);
    connection.end(fail('CLOSED', 'the source ends'));
    stream.finish();
    if (signal.aborted) await connection.farewell(FAREWELL_MS);
    connection.destroy();
  }
}

/** Pings until the connection has ended, and rejects with the reason: its end, or silence. */
async function keepAlive(connection: WebSocketConnection, clock: Clock): Promise<never> {
  for (;;) {
    connection.ping();
    await sleep(clock, PING_MS, connection.ended);
    connection.ended.throwIfAborted();
    const reason = connection.stalled();
    if (reason !== undefined) throw fail('STALLED', reason);
  }
}
