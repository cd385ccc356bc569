// The source for all devices since AXIS OS 5.50: the metadata stream, over one RTSP connection.
import type { Socket } from 'node:net';
import { createAuthenticator } from '../../protocol/digest.ts';
import { fail } from '../../util/errors.ts';
import type { Moment } from '../../util/moment.ts';
import { createLogins } from '../../vapix/logins.ts';
import { openSocket } from '../connect.ts';
import type { Source, SourceContext } from '../source.ts';
import { createRtspConnection, type RtspConnection } from './connection.ts';
import { createMetadataStream } from './metadata-stream.ts';
import { keepAlive, play, type RtspSession, setUp, tearDown } from './session.ts';
import { createSilence } from './silence.ts';
import { eventStreamUrl } from './url.ts';

/** Listens to a device's metadata stream until the signal is aborted; rejects with a BridgeError when it ends. */
export const rtsp: Source = async context => {
  try {
    context.signal.throwIfAborted();
    const { address, signal } = context;
    await listen(context, await openSocket({ address, port: address.rtspPort, signal, lend: true }));
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
};

async function listen(context: SourceContext, socket: Socket): Promise<void> {
  const { signal, clock } = context;
  const silence = createSilence(clock);
  const connection = createConnection(context, socket, (channel, payload) => {
    silence.frame(channel !== stream.channel);
    stream.frame(channel, payload);
  });
  const stream = createMetadataStream({ context, connection });
  const stop = () => connection.end(signal.reason);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  let session: RtspSession | undefined;
  try {
    session = await setUp(connection, streamUrls(context));
    stream.channel = session.channel;
    const date = await play(connection, session);
    connection.bePatient();
    context.opened({ realm: connection.realm(), date });
    stream.start();
    const answered = (asked: Moment) => {
      if (silence.isAlive()) stream.answered(asked);
    };
    await keepAlive({ connection, session, clock, answered });
  } finally {
    signal.removeEventListener('abort', stop);
    connection.end(fail('CLOSED', 'the source ends'));
    stream.finish();
    if (signal.aborted && session !== undefined) await tearDown(connection, session);
    connection.destroy();
  }
}

function createConnection(
  { address, clock, log, count }: SourceContext,
  socket: Socket,
  onFrame: (channel: number, payload: Buffer) => void,
): RtspConnection {
  const { host, rtspPort, username, password, https, allowBasicOverHttp } = address;
  const { logins = createLogins({ clock }) } = address;
  return createRtspConnection({
    socket,
    clock,
    log,
    logins,
    authenticator: createAuthenticator({ username, password, allowBasic: https || allowBasicOverHttp }),
    who: `${host}:${rtspPort}`,
    onFrame,
    onBytes: bytes => count('bytes', bytes),
  });
}

/** With the topic filter, where there is one, and without, for a device that does not take it. */
function streamUrls({ address, include }: SourceContext): string[] {
  return [...new Set([eventStreamUrl(address, include), eventStreamUrl(address, [])])];
}
