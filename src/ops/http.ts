// The HTTP server of the bridge: a table of pages to GET, for health checks and metrics.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail } from '../util/errors.ts';

export interface Page {
  status?: number;
  type: string;
  body: string;
}

export interface HttpOptions {
  host: string;
  port: number;
  /** By path. */
  pages: ReadonlyMap<string, () => Page | Promise<Page>>;
}

/** Serves the pages; gives its port and how to end it. Throws CONFIG where the port is taken. */
export async function serveHttp(options: HttpOptions): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    void answer(options.pages, request, response);
  });
  server.maxConnections = 100;
  server.listen(options.port, options.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
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

async function answer(
  pages: HttpOptions['pages'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split('?')[0] ?? '/';
  const page = pages.get(path);
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, METHOD_NOT_ALLOWED);
  if (!page) return send(response, NOT_FOUND);
  try {
    send(response, await page());
  } catch {
    send(response, FAILED);
  }
}

const NOT_FOUND: Page = { status: 404, type: 'text/plain', body: 'not found\n' };
const METHOD_NOT_ALLOWED: Page = { status: 405, type: 'text/plain', body: 'only GET is answered\n' };
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
