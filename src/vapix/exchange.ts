// One HTTP request to a device and its answer, whatever its status, within bounds of size and number.
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import axios from 'axios';
import { decodeText } from '../protocol/text.ts';
import { type BridgeError, type ErrorCode, fail, fromSystem, isBridgeError } from '../util/errors.ts';
import type { Agents } from './agent.ts';
import { readBody } from './body.ts';
import { boundInterim } from './interim.ts';

export interface ExchangeOptions {
  method: 'GET' | 'POST';
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
  /** On a connection of its own. */
  alone: boolean;
  /** Not sent again, whatever becomes of it. */
  once: boolean;
  /** Of the answer, decompressed. */
  maxBytes: number;
  signal: AbortSignal;
  /** For errors. */
  who: string;
}

export interface VapixResponse {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  text: string;
}

/** Sends a request and gives its answer. Rejects with a BridgeError, or with the reason of the signal. */
export type Exchange = (options: ExchangeOptions) => Promise<VapixResponse>;

/**
 * Makes the way to one server. Some close a kept connection without having said so, right behind an answer or after a
 * second of idleness: then the request that dies on it, before any answer, is sent once more on a fresh one, and no
 * connection is kept from then on. That is safe for what reads or sets something, whatever its method
 * (RFC 9110 §9.2.2): whether the server had taken the request, nobody can tell. What acts, such as a siren, goes
 * `alone`, where no connection can be stale; what takes something away, such as a pull, goes `once`.
 */
export function createExchange({ kept, single }: Agents): Exchange {
  let keeps = true;
  return async options => {
    const alone = options.alone || !keeps;
    try {
      return await attempt(options, alone ? single : kept);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      keeps = false;
      if (options.once || options.signal.aborted) throw error.reason;
    }
    return attempt(options, single);
  };
}

/** A kept connection ended under a request, before any answer to it. */
class StaleConnection extends Error {
  readonly reason: BridgeError;

  constructor(reason: BridgeError) {
    super(reason.message);
    this.reason = reason;
  }
}

async function attempt(options: ExchangeOptions, agent: Agents['kept']): Promise<VapixResponse> {
  const { maxBytes, who } = options;
  const { status, headers, data } = await send(options, agent);
  const plain = plainHeaders(headers);
  const bytes = await readBody(data, { encoding: plain['content-encoding'], maxBytes, who });
  return { status, headers: plain, text: decodeText(bytes, plain['content-type']) };
}

/** Resolves with the beginning of the answer. */
async function send(options: ExchangeOptions, agent: Agents['kept']) {
  const { method, url, headers, body, signal, who } = options;
  let request: ClientRequest | undefined;
  const start = (settings: RequestOptions, answered: (response: IncomingMessage) => void): ClientRequest => {
    request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(settings, answered);
    boundInterim(request, who);
    return request;
  };
  try {
    return await axios.request<Readable>({
      adapter: 'http',
      method,
      url: url.href,
      headers: { accept: '*/*', 'accept-encoding': 'gzip', 'user-agent': 'axis2mqtt', ...headers },
      ...(body === undefined ? {} : { data: body }),
      httpAgent: agent,
      httpsAgent: agent,
      transport: { request: start },
      signal,
      decompress: false,
      maxRedirects: 0,
      proxy: false,
      responseType: 'stream',
      validateStatus: () => true,
    });
  } catch (error) {
    const reason = translate(error, who);
    throw request?.reusedSocket && reason.code === 'CLOSED' ? new StaleConnection(reason) : reason;
  }
}

function plainHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

const CODES: readonly [RegExp, ErrorCode, string][] = [
  [/^HPE_HEADER_OVERFLOW/, 'TOO_LARGE', 'its header is too large'],
  [/^HPE_/, 'PROTOCOL', 'it does not speak HTTP there'],
];

/** Makes axios' error into ours and keeps nothing of it: it holds the request with its login. */
function translate(error: unknown, who: string): BridgeError {
  if (!axios.isAxiosError(error)) return fromSystem(error, who);
  if (isBridgeError(error.cause)) return error.cause;
  const [, code, text] = CODES.find(([pattern]) => pattern.test(error.code ?? '')) ?? [];
  if (code) return fail(code, `${who}: ${text}`);
  return fromSystem(error.cause ?? new Error(error.code), who);
}
