// SOAP calls to the ONVIF services of one device, and the login that they bear: Digest of HTTP, or a UsernameToken.
import { readOnvifFault } from '../../protocol/onvif-fault.ts';
import {
  addressing,
  GET_TIME,
  type OnvifRequest,
  type PullPoint,
  readSystemTime,
} from '../../protocol/pullpoint.ts';
import { readSoapBody, soapEnvelope } from '../../protocol/soap.ts';
import { usernameToken } from '../../protocol/username-token.ts';
import type { XmlElement } from '../../protocol/xml-tree.ts';
import type { Clock } from '../../util/clock.ts';
import { fail, isBridgeError } from '../../util/errors.ts';
import type { DeviceAddress } from '../../vapix/address.ts';
import { createVapixClient } from '../../vapix/client.ts';

const SERVICES = '/onvif/services';
/** Stands for no address at all (WS-Addressing 1.0 Core §2.1). */
const ANONYMOUS = 'http://www.w3.org/2005/08/addressing/anonymous';
const ANSWER_MS = 10_000;

export interface OnvifCall {
  request: OnvifRequest;
  /** Left out, the call is to the services themselves. */
  point?: PullPoint;
  /** Until the answer is there; default 10,000. */
  ms?: number;
  /** On a connection of its own. */
  alone?: boolean;
  /** It takes what it is answered: never sent twice. */
  once?: boolean;
  signal: AbortSignal;
}

export interface OnvifAnswer {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  text: string;
}

export interface OnvifServices {
  /**
   * Gives the answer to a call, be it a fault. Rejects with the errors of the HTTP client, or the signal's reason.
   * The first call finds out which login the device wants; where none is right it is AUTH, after one attempt of each.
   */
  call(call: OnvifCall): Promise<OnvifAnswer>;
  /** The body of an answer that is no fault. Rejects with the error that a fault means, REFUSED or PROTOCOL too. */
  ask(call: OnvifCall): Promise<{ body: XmlElement; headers: OnvifAnswer['headers'] }>;
  /** The realm of the login, undefined where HTTP asked for none. */
  readonly realm: string | undefined;
  close(): void;
}

export function createOnvifServices({
  address,
  clock,
}: {
  address: DeviceAddress;
  clock: Clock;
}): OnvifServices {
  const { username, password } = address.onvif;
  const who = `${address.host}:${address.port}`;
  const account = { ...address, ...address.onvif };
  // It outlives the stop, for the farewell; `close` ends it.
  const client = createVapixClient({ address: account, signal: new AbortController().signal, clock });
  let login: 'http' | 'token' | undefined;
  let skew = 0;

  function send(
    { request, point, ms = ANSWER_MS, alone = false, once = false, signal }: OnvifCall,
    security = '',
  ): Promise<OnvifAnswer> {
    return client.request({
      method: 'POST',
      path: pathOf(point),
      contentType: `application/soap+xml; charset=utf-8; action="${request.action}"`,
      body: soapEnvelope({ header: security + addressing(request.action, point), body: request.body }),
      faults: true,
      anonymous: login === 'token',
      alone,
      once,
      timeoutMs: ms,
      signal,
    });
  }

  /** Core "Authentication": HTTP is asked first, and never are both sent at once. */
  async function call(wanted: OnvifCall): Promise<OnvifAnswer> {
    if (login === 'token') return sendWithToken(wanted);
    const answer = await send(wanted).catch((error: unknown) => {
      if (login === undefined && namesNoChallenge(error)) return undefined;
      throw error;
    });
    const refused = answer === undefined || (login === undefined && isRefusal(answer));
    login ??= refused ? 'token' : 'http';
    if (!refused) return answer;
    skew = await clockSkew(wanted.signal);
    return sendWithToken(wanted);
  }

  function sendWithToken(wanted: OnvifCall): Promise<OnvifAnswer> {
    return send(wanted, usernameToken({ username, password, now: clock.now() + skew }));
  }

  /** Asked without a login, which the device may refuse: then by its Date header, and else it is taken to be ours. */
  async function clockSkew(signal: AbortSignal): Promise<number> {
    const answer = await send({ request: GET_TIME, signal }).catch(() => undefined);
    signal.throwIfAborted();
    const date = Date.parse(answer?.headers['date'] ?? '');
    const told = (answer && attempt(() => readSystemTime(readSoapBody(answer.text)))) ?? date;
    return Number.isNaN(told) ? 0 : told - clock.now();
  }

  return {
    call,
    async ask(wanted) {
      const { status, headers, text } = await call(wanted);
      const what = `${who}: ${wanted.request.action.replace(/^.*\//, '')}`;
      const body = attempt(() => readSoapBody(text));
      const fault = body && readOnvifFault(body, what);
      if (fault !== undefined) throw fault.error;
      if (status >= 400) throw fail('REFUSED', `${what} was answered with HTTP ${status}`);
      if (body === undefined) throw fail('PROTOCOL', `${what}: the answer is no SOAP`);
      return { body, headers };
    },
    get realm() {
      return client.realm;
    },
    close: client.close,
  };
}

/** Path and query of the address alone: whatever host it names, the device is where it was configured. */
function pathOf(point: PullPoint | undefined): string {
  const address = point?.address ?? ANONYMOUS;
  if (address === ANONYMOUS || !URL.canParse(address, 'http://device')) return SERVICES;
  const { pathname, search } = new URL(address, 'http://device');
  // A URN has no path that could be asked for.
  return pathname.startsWith('/') && pathname !== '/' ? pathname + search : SERVICES + search;
}

/** A 401 without a challenge, as the HTTP client calls it. */
function namesNoChallenge(error: unknown): boolean {
  return isBridgeError(error) && error.code === 'PROTOCOL';
}

/** Whether the device wants a login of which HTTP knows nothing: a fault, or a 400 that is none. */
function isRefusal({ status, text }: OnvifAnswer): boolean {
  const body = attempt(() => readSoapBody(text));
  const fault = body && readOnvifFault(body, '');
  return fault === undefined ? status === 400 : fault.error.code === 'AUTH';
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
