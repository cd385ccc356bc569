// The HTTP client of one device: it logs in, keeps to that device, and knows only the errors of the table.
import { setMaxListeners } from 'node:events';
import axios from 'axios';
import { type Clock, systemClock } from '../util/clock.ts';
import { withDeadline } from '../util/deadline.ts';
import { type BridgeError, type ErrorCode, fail, fromSystem, isBridgeError } from '../util/errors.ts';
import { createLimit } from '../util/limit.ts';
import type { DeviceAddress } from './address.ts';
import { type Agents, createAgents, MAX_SOCKETS } from './agent.ts';
import { createLogin } from './login.ts';
import { isSuccess, statusError } from './status.ts';
import { clockSkew } from './time.ts';
import { originOf, urlOf } from './url.ts';

interface VapixRequest {
  method: 'GET' | 'POST';
  /** Path and query, from `/` on. */
  path: string;
  body?: string;
  contentType?: string;
  /** Gives 400 and 500 as answers too: they carry SOAP faults. */
  faults?: boolean;
  /** Bears no login and answers no challenge: it is in the body, or none is needed. Default false. */
  anonymous?: boolean;
  /** On a connection of its own, which ends with the answer: a server may end one that it has kept. Default false. */
  alone?: boolean;
  /** As that of the client, for this request. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

interface VapixResponse {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  text: string;
}

export interface VapixClient {
  /**
   * Sends a request, answers a login challenge once, and gives the device's answer where it is a success.
   * Rejects with a BridgeError, or with the reason of the signal that ended it. A refused login is not tried
   * again for a while (`logins`): requests go without one meanwhile, and those that need it are AUTH.
   */
  request(request: VapixRequest): Promise<VapixResponse>;
  /** The realm of the login (`AXIS_<serial>`), once a challenge came. */
  readonly realm: string | undefined;
  /** How far the device's clock is from ours (ms), by the last answer that bore a date. */
  readonly skew: number | undefined;
  /** Ends what is under way and frees the sockets; for good. */
  close(): void;
}

export interface VapixClientOptions {
  address: DeviceAddress;
  /** Closes the client. */
  signal: AbortSignal;
  /** From a request's call to the end of its answer, waiting and login included; default 10,000. */
  timeoutMs?: number;
  /** Of one answer, decompressed; default 4 MiB. */
  maxBytes?: number;
  clock?: Clock;
}

export function createVapixClient(options: VapixClientOptions): VapixClient {
  const { address, timeoutMs = 10_000, maxBytes = 4 * 1024 * 1024, clock = systemClock } = options;
  const closing = new AbortController();
  // Every request that runs or waits listens to it.
  setMaxListeners(0, closing.signal);
  const agents = createAgents({ address, signal: closing.signal, timeoutMs });
  const login = createLogin({ address, clock });
  const sockets = createLimit({ width: MAX_SOCKETS });
  const origin = originOf(address);
  let skew: number | undefined;

  function end(reason: unknown): void {
    options.signal.removeEventListener('abort', abort);
    closing.abort(reason);
    agents.kept.destroy();
    agents.single.destroy();
  }
  const abort = () => end(options.signal.reason);
  options.signal.addEventListener('abort', abort);
  if (options.signal.aborted) abort();

  async function run(
    request: VapixRequest,
    url: URL,
    who: string,
    ending: AbortSignal,
  ): Promise<VapixResponse> {
    const target = { method: request.method, uri: url.pathname + url.search };
    const agent = request.alone ? agents.single : agents.kept;
    const send = (authorization: string | undefined) =>
      exchange({ request, url, authorization, agent, maxBytes, signal: ending }, who);
    const response = request.anonymous
      ? await send(undefined)
      : await login.send({ target, send, who, signal: ending });
    skew = clockSkew(response.headers['date'], clock.now()) ?? skew;
    if (isSuccess(response.status, request.faults)) return response;
    throw statusError(response, url, who);
  }

  return {
    async request(request) {
      const url = urlOf(origin, request.path);
      // Names the request in errors, without its query.
      const who = `${request.method} ${url.origin}${url.pathname}`;
      const ms = request.timeoutMs ?? timeoutMs;
      const limits = { ms, signals: [closing.signal, request.signal], who, clock };
      return withDeadline(limits, ending => sockets(() => run(request, url, who, ending), ending));
    },
    get realm() {
      return login.realm;
    },
    get skew() {
      return skew;
    },
    close: () => end(fail('CLOSED', `${origin}: the client was closed`)),
  };
}

interface Exchange {
  request: VapixRequest;
  url: URL;
  authorization: string | undefined;
  agent: Agents['kept'];
  maxBytes: number;
  signal: AbortSignal;
}

/** One request and its answer, whatever its status. */
async function exchange(
  { request, url, authorization, agent, maxBytes, signal }: Exchange,
  who: string,
): Promise<VapixResponse> {
  const { method, body, contentType } = request;
  try {
    const { status, headers, data } = await axios.request<string>({
      adapter: 'http',
      method,
      url: url.href,
      headers: {
        accept: '*/*',
        'user-agent': 'axis2mqtt',
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(body === undefined ? {} : { data: body }),
      httpAgent: agent,
      httpsAgent: agent,
      signal,
      maxContentLength: maxBytes,
      maxRedirects: 0,
      proxy: false,
      responseType: 'text',
      validateStatus: () => true,
    });
    return { status, headers: plain(headers), text: data };
  } catch (error) {
    throw translate(error, who);
  }
}

function plain(headers: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

const CODES: readonly [RegExp, ErrorCode, string][] = [
  [/^HPE_HEADER_OVERFLOW/, 'TOO_LARGE', 'its header is too large'],
  [/^HPE_/, 'PROTOCOL', 'it does not speak HTTP there'],
  [/^(Z_|ERR_.*BROTLI)/, 'PROTOCOL', 'its compressed answer is damaged'],
  [/^ERR_(STREAM_PREMATURE_CLOSE|BAD_RESPONSE)/, 'STALLED', 'it closed the connection within its answer'],
];

/** Makes axios' error into ours and keeps nothing of it: it holds the request with its login. */
function translate(error: unknown, who: string): BridgeError {
  if (!axios.isAxiosError(error)) return fromSystem(error, who);
  if (isBridgeError(error.cause)) return error.cause;
  if (error.message.includes('maxContentLength')) return fail('TOO_LARGE', `${who}: ${error.message}`);
  const [, code, text] = CODES.find(([pattern]) => pattern.test(error.code ?? '')) ?? [];
  if (code) return fail(code, `${who}: ${text}`);
  return fromSystem(error.cause ?? new Error(error.code), who);
}
