// The HTTP server of the bridge: a table of pages to GET, for health checks and metrics.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { fail, wordsOf } from '../util/errors.ts';
import { isOwnName } from './own-name.ts';

export interface Page {
  status?: number;
  type: string;
  body: string;
}

export interface HttpOptions {
  host: string;
  port: number;
  /** Names under which it is asked, besides those that are always answered for. */
  names: readonly string[];
  /** By path. */
  pages: ReadonlyMap<string, () => Page | Promise<Page>>;
}

/** Connections that ask for nothing just now; past that the oldest goes, so that whoever asks finds room. */
const MAX_IDLE = 32;
const MAX_CONNECTIONS = 100;
const TIMES = {
  /** For the head of a request, the whole of it, and the next one on the same connection (ms). */
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};
/** Nothing was read or written for so long (ms): who does not read the answer does not get it. */
const SILENCE_MS = 10_000;
const MAX_HEADER_BYTES = 8 * 1024;

/** Serves the pages; gives its port and how to end it. Throws CONFIG where the port is taken. */
export async function serveHttp(options: HttpOptions): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer({ ...TIMES, maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    void answer(options, request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = SILENCE_MS;
  boundIdle(server);
  server.listen(options.port, options.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const reason = wordsOf(error);
    throw fail('CONFIG', `http: cannot listen on ${options.host}:${options.port}: ${reason}`);
  }
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Ends the connection that has been idle for longest where there are too many. */
function boundIdle(server: Server): void {
  const idle = new Set<Socket>();
  const rest = (socket: Socket) => {
    if (socket.destroyed) return;
    idle.add(socket);
    const [oldest] = idle;
    if (idle.size > MAX_IDLE) oldest?.destroy();
  };
  server.on('connection', (socket: Socket) => {
    socket.on('close', () => idle.delete(socket));
    rest(socket);
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    response.on('close', () => rest(socket));
  });
}

async function answer(
  { host, names, pages }: HttpOptions,
  { url = '/', method, headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A page of the web that has its own name resolve to this machine must not read what is here (DNS rebinding).
  if (!isOwnName(headers.host, [host, ...names])) return send(response, MISDIRECTED);
  const page = pages.get(url.split('?')[0] ?? '/');
  if (method !== 'GET' && method !== 'HEAD') return send(response, METHOD_NOT_ALLOWED);
  if (!page) return send(response, NOT_FOUND);
  try {
    send(response, await page());
  } catch {
    send(response, FAILED);
  }
}

const NOT_FOUND: Page = { status: 404, type: 'text/plain', body: 'not found\n' };
const METHOD_NOT_ALLOWED: Page = { status: 405, type: 'text/plain', body: 'only GET is answered\n' };
const MISDIRECTED: Page = {
  status: 421,
  type: 'text/plain',
  body: 'not asked under a name of this bridge: see `http.names`\n',
};
const FAILED: Page = { status: 500, type: 'text/plain', body: 'failed\n' };

function send(response: ServerResponse, { status = 200, type, body }: Page): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}
