// The HTTP side of a device: body, faults, redirect, login, route, answer.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { sleep } from '../../util/clock.ts';
import type { Core } from '../core.ts';
import { countLogin, countRequest } from '../stats.ts';
import type { Gate } from './gate.ts';
import { findRoute, type Request } from './http-routes.ts';

export interface Outcome {
  status: number;
  type?: string;
  body?: string;
  headers?: Record<string, string | string[]>;
}

const MAX_BODY = 1 << 20;

/** Answers the requests of one listener; `side` says which login it asks for. */
export function createHttpListener(core: Core, side: 'http' | 'https'): RequestListener {
  return (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    answer(core, side, { incoming: request, gone: gone.signal }).then(
      outcome => reply(core, response, outcome),
      // The connection is gone while the body is read, or is to go without an answer.
      () => response.destroy(),
    );
  };
}

interface Exchange {
  incoming: IncomingMessage;
  /** Aborted when the connection is over. */
  gone: AbortSignal;
}

/** What a request comes to: a refusal, or what its route says. Rejects where it is to have no answer. */
export async function answer(
  core: Core,
  side: 'http' | 'https',
  { incoming, gone }: Exchange,
): Promise<Outcome> {
  const { settings, stats } = core;
  const method = incoming.method ?? '';
  const target = incoming.url ?? '';
  countRequest(stats, 'http', { method, line: `${method} ${target}` }, settings.seenLimit);
  const body = await readBody(incoming);
  await core.faults.awake();
  if (settings.http.delayMs) await sleep(settings.clock, settings.http.delayMs, gone);
  if (body === undefined) return { status: 413 };
  const url = new URL(target, 'http://device');
  const request: Request = { method, path: url.pathname, query: url.searchParams, body, gone };
  const authorization = incoming.headers.authorization;
  return refuse(core, side, request, target) ?? serve(core, side, request, { target, authorization });
}

function refuse(core: Core, side: 'http' | 'https', request: Request, target: string): Outcome | undefined {
  const refusal = core.faults.meet('http', { ...request, keepAlive: false });
  if (refusal?.status === 401) return unauthorized(core.gates[side], false);
  if (refusal) return { status: refusal.status, headers: retryAfter(refusal.retryAfter) };
  const to = core.settings.http.redirect;
  if (to === undefined || (to === 'https' && side === 'https')) return undefined;
  const origin = to === 'https' ? `https://${core.settings.host}:${core.ports.httpsPort ?? 443}` : to;
  return { status: 302, headers: { Location: `${origin}${target}` } };
}

async function serve(
  core: Core,
  side: 'http' | 'https',
  request: Request,
  login: { target: string; authorization: string | undefined },
): Promise<Outcome> {
  const route = findRoute(core, request.path);
  if (!route) return { status: 404, type: 'text/html', body: '<html><body>404 Not Found</body></html>' };
  const gate = (route.gates?.(core) ?? core.gates)[side];
  if (route.api === 'events' && core.settings.http.refuseDeclarations) return unauthorized(gate, false);
  if (!route.anonymous(core, request)) {
    const verdict = gate.check(request.method, login.target, login.authorization);
    countLogin(core.stats, verdict);
    if (verdict !== 'ok') return unauthorized(gate, verdict === 'stale');
  }
  const { status, type, body } = await route.answer(core, request);
  return { status, type, body: body + ' '.repeat(core.settings.http.padBytes ?? 0) };
}

function unauthorized(gate: Gate, stale: boolean): Outcome {
  return {
    status: 401,
    type: 'text/html',
    body: '<html><body>401 Unauthorized</body></html>',
    headers: { 'WWW-Authenticate': gate.challenges(stale) },
  };
}

export function reply(
  core: Core,
  response: ServerResponse,
  { status, type, body = '', headers }: Outcome,
): void {
  if (response.destroyed) return;
  response.sendDate = false;
  response.writeHead(status, {
    Date: new Date(core.now()).toUTCString(),
    Server: 'Apache',
    ...(type ? { 'Content-Type': type } : {}),
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/** The body's text; undefined where it is too large. */
async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length <= MAX_BODY) chunks.push(chunk);
  }
  return length > MAX_BODY ? undefined : Buffer.concat(chunks).toString('utf8');
}

function retryAfter(seconds: number | undefined): Record<string, string> {
  return seconds === undefined ? {} : { 'Retry-After': String(seconds) };
}
