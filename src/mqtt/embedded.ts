// The embedded broker, for the demo and a small site: aedes, MQTT 3.1.1, in memory.
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { Aedes, type AedesOptions } from 'aedes';
import { systemClock } from '../util/clock.ts';
import { fail } from '../util/errors.ts';
import type { Secret } from '../util/secret.ts';
import { Frames } from './frames.ts';
import { isProof } from './proof.ts';

const MAX_CLIENTS = 100;
const MAX_PACKET = 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;
const NOT_AUTHORIZED = 5;
/** Bytes on their way to a client inside this process. */
const WINDOW = 64 * 1024;

export interface EmbeddedOptions {
  host: string;
  /** 0 for any that is free. */
  port: number;
  /** With both, clients have to log in. */
  username?: string;
  password?: Secret;
  maxClients?: number;
}

export interface Embedded {
  port: number;
  /** A client's end of a connection inside this process: nobody else can be at the other. */
  connect(): Duplex;
  /** Ends every connection and the listener. */
  close(): Promise<void>;
}

/** Starts it. Throws LISTEN where the address cannot be listened on. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const aedes = await Aedes.createBroker({
    connectTimeout: CONNECT_TIMEOUT_MS,
    // Nothing is kept for a client that is away: it would fill the memory of the bridge.
    preConnect(_client, packet, done) {
      packet.clean = true;
      done(null, true);
    },
    ...authenticate(options),
  });
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket.setNoDelay(true));
    socket.on('close', () => sockets.delete(socket));
    serve(aedes, socket);
  });
  server.maxConnections = options.maxClients ?? MAX_CLIENTS;
  const connect = () => {
    const [client, own] = duplexPair({ highWaterMark: WINDOW });
    client.once('close', () => own.destroy());
    own.once('close', () => client.destroy());
    serve(aedes, own);
    return client;
  };
  const close = async () => {
    await new Promise<void>(resolve => aedes.close(resolve));
    // Those that have not logged in aedes does not know.
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  try {
    return { port: await listen(server, options), connect, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function serve(aedes: Aedes, stream: Duplex): void {
  readWhole(stream);
  aedes.handle(stream);
  // After aedes listens for `readable`: before that, it would set the socket flowing.
  const frames = new Frames({ max: MAX_PACKET, tooLarge: () => stream.destroy() });
  stream.on('data', (chunk: Buffer) => frames.take(chunk));
}

/**
 * Has `read()` give all that is there. Since Node.js 26 it gives one chunk, and aedes reads once each time that there is
 * something: what comes in several chunks would wait for ever.
 */
function readWhole(stream: Duplex): void {
  const read = stream.read.bind(stream);
  stream.read = size => {
    const first: Buffer | null = read(size);
    if (typeof size === 'number' || first === null) return first;
    const chunks = [first];
    for (let next: Buffer | null = read(); next !== null; next = read()) chunks.push(next);
    return chunks.length === 1 ? first : Buffer.concat(chunks);
  };
}

async function listen(server: Server, { host, port }: EmbeddedOptions): Promise<number> {
  try {
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const why = code === 'EADDRINUSE' ? 'the port is in use' : code;
    throw fail('LISTEN', `the embedded broker cannot listen on ${host}:${port}: ${why}`);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function authenticate({ username, password }: EmbeddedOptions): AedesOptions {
  if (username === undefined || password === undefined) return {};
  const [user, word] = [digest(username), digest(password.reveal())];
  return {
    authenticate({ id }, givenUser = '', givenPassword = Buffer.alloc(0), done) {
      // Both are always compared, in constant time.
      const userFits = timingSafeEqual(digest(givenUser), user);
      const wordFits = timingSafeEqual(digest(givenPassword), word);
      const proves = isProof(String(givenPassword), { password, clientId: id, now: systemClock.now });
      if (userFits && (wordFits || proves)) done(null, true);
      else done(Object.assign(new Error('not authorized'), { returnCode: NOT_AUTHORIZED }), null);
    },
  };
}

function digest(text: string | Buffer): Buffer {
  return createHash('sha256').update(text).digest();
}
