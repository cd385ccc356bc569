// A broker's address, and the TCP or TLS connection to it.
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { withDeadline } from '../util/deadline.ts';
import { fail, fromSystem } from '../util/errors.ts';
import { openTls, type PeerTls } from '../util/tls.ts';

interface Scheme {
  port: number;
  secure: boolean;
  websocket: boolean;
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  mqtt: { port: 1883, secure: false, websocket: false },
  mqtts: { port: 8883, secure: true, websocket: false },
  ws: { port: 80, secure: false, websocket: true },
  wss: { port: 443, secure: true, websocket: true },
};

export interface Server {
  host: string;
  port: number;
  secure: boolean;
  websocket: boolean;
  /** Path and query of a WebSocket's URL. */
  path: string;
  /** For messages and logs: the URL without credentials. */
  name: string;
}

/** Reads a server's URL (mqtt, mqtts, ws, wss); throws CONFIG. */
export function parseServer(text: string): Server {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = url?.protocol.slice(0, -1) ?? '';
  const scheme = SCHEMES[protocol];
  if (url === undefined || scheme === undefined || url.hostname === '') {
    throw fail('CONFIG', 'a broker URL is mqtt://, mqtts://, ws:// or wss:// with a host');
  }
  const port = url.port === '' ? scheme.port : Number(url.port);
  return {
    ...scheme,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    path: `${url.pathname === '' ? '/' : url.pathname}${url.search}`,
    name: `${protocol}://${url.hostname}:${port}`,
  };
}

export interface OpenOptions {
  tls: PeerTls;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Connects; rejects with ADDRESS, UNREACHABLE, TIMEOUT, TLS or CLOSED, or with the signal's reason. */
export async function openSocket(server: Server, { tls, timeoutMs, signal }: OpenOptions): Promise<Socket> {
  const { host, port, secure } = server;
  const socket = secure
    ? await openTls({ host, port, tls: { ...tls, minVersion: 'TLSv1.2' }, signal, timeoutMs })
    : await openTcp(server, { timeoutMs, signal });
  return socket.setNoDelay(true);
}

function openTcp(
  { host, port, name }: Server,
  { timeoutMs, signal }: Omit<OpenOptions, 'tls'>,
): Promise<Socket> {
  return withDeadline({ ms: timeoutMs, signals: [signal], who: name }, async ending => {
    const socket = createConnection({ host, port });
    try {
      await once(socket, 'connect', { signal: ending });
      return socket;
    } catch (error) {
      // The socket that is given up may still report an error.
      socket.on('error', () => undefined).destroy();
      throw fromSystem(error, name);
    }
  });
}
