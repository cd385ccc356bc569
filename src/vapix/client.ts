// The HTTP client of one device: it logs in, keeps to that device, and knows only the errors of the table.
import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../util/clock.ts';
import { withDeadline } from '../util/deadline.ts';
import { fail } from '../util/errors.ts';
import { createLimit } from '../util/limit.ts';
import type { DeviceAddress } from './address.ts';
import { createAgents, MAX_SOCKETS } from './agent.ts';
import { createExchange, type VapixResponse } from './exchange.ts';
import { createLogin } from './login.ts';
import { isSuccess, statusError } from './status.ts';
import { clockSkew } from './time.ts';
import { originOf, urlOf } from './url.ts';
import { errorWords, hideLogin } from './words.ts';

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
  /** It takes something away at the device, so that it is not sent again where its connection dies. Default false. */
  once?: boolean;
  /** As that of the client, for this request. */
  timeoutMs?: number;
  signal?: AbortSignal;
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
  /** All requests go as with `alone`: they make the device act, which must not be done twice. Default false. */
  alone?: boolean;
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
  const exchange = createExchange(agents);
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
    const { method, body, contentType, once = false, alone = options.alone ?? false } = request;
    const target = { method, uri: url.pathname + url.search };
    const send = (authorization: string | undefined) => {
      const headers = {
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
        ...(authorization === undefined ? {} : { authorization }),
      };
      return exchange({ method, url, headers, body, alone, once, maxBytes, signal: ending, who });
    };
    const response = request.anonymous
      ? await send(undefined)
      : await login.send({ target, send, who, signal: ending });
    skew = clockSkew(response.headers['date'], clock.now()) ?? skew;
    if (response.status < 400) return taken(response, request, { url, who });
    // A device may echo the login that it refuses.
    const text = hideLogin(response.text, address);
    return taken({ ...response, text }, request, { url, who });
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

/** The answer where it is a success. Throws the error that it is else, in the device's own words. */
function taken(
  response: VapixResponse,
  { faults }: VapixRequest,
  about: { url: URL; who: string },
): VapixResponse {
  if (isSuccess(response.status, faults)) return response;
  throw statusError(response, { ...about, words: errorWords(response.text) });
}
