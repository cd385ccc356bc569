// SOAP calls to the ONVIF services of one device, by HTTP and the login that the device wants.
import { GET_TIME, readSystemTime } from '../protocol/onvif-device.ts';
import { readOnvifFault } from '../protocol/onvif-fault.ts';
import { addressing } from '../protocol/pullpoint.ts';
import { readSoapBody, readSoapBodyInSteps, soapEnvelope } from '../protocol/soap.ts';
import type { Clock } from '../util/clock.ts';
import { fail, isBridgeError } from '../util/errors.ts';
import { inTurns } from '../util/steps.ts';
import type { DeviceAddress } from '../vapix/address.ts';
import { createVapixClient } from '../vapix/client.ts';
import { DEVICE_SERVICE, ENTRIES, findServices } from './services.ts';
import { isRefusal, TokenLogin } from './token-login.ts';
import type { OnvifAnswer, OnvifCall, OnvifClient, ServicePaths } from './types.ts';

const ANSWER_MS = 10_000;

export function createOnvifClient({ address, clock }: { address: DeviceAddress; clock: Clock }): OnvifClient {
  const who = `${address.host}:${address.port}`;
  const account = { ...address, ...address.onvif };
  // It outlives the stop, for the farewell; `close` ends it.
  const http = createVapixClient({ address: account, signal: new AbortController().signal, clock });
  let services: ServicePaths | undefined;
  const token = new TokenLogin({ ...account, who, clock });

  /** `security`: a header that bears the login; undefined where HTTP bears it. */
  function send(wanted: OnvifCall, security?: string): Promise<OnvifAnswer> {
    const { request, path, point, ms = ANSWER_MS, alone = false, once = false, signal } = wanted;
    const header = (security ?? '') + addressing(request.action, point);
    return http.request({
      method: 'POST',
      path,
      contentType: `application/soap+xml; charset=utf-8; action="${request.action}"`,
      body: soapEnvelope({ header, body: request.body }),
      faults: true,
      anonymous: security !== undefined,
      alone,
      once,
      timeoutMs: ms,
      signal,
    });
  }

  /** Core "Authentication": HTTP is asked first, and never are both sent at once. */
  async function call(wanted: OnvifCall): Promise<OnvifAnswer> {
    const sent = (security: string) => send(wanted, security);
    const asked = () => askSkew(wanted.signal, wanted.path);
    if (token.isWanted) return token.send(sent, asked);
    const answer = await send(wanted).catch((error: unknown) => {
      if (isNoChallenge(error, http.realm)) return undefined;
      throw error;
    });
    return answer === undefined || isRefusal(answer) ? token.send(sent, asked) : answer;
  }

  /** Its clock minus ours (ms). Asked without a login, which it may refuse: then by its Date header. */
  async function askSkew(signal: AbortSignal, near = DEVICE_SERVICE): Promise<number> {
    const entry = ENTRIES.find(each => each === near) ?? DEVICE_SERVICE;
    const path = services?.device ?? entry;
    const answer = await send({ request: GET_TIME, path, signal }, '').catch(() => undefined);
    signal.throwIfAborted();
    const time = answer && attempt(() => readSystemTime(readSoapBody(answer.text)));
    return time === undefined ? (http.skew ?? 0) : time - clock.now();
  }

  const client: OnvifClient = {
    call,
    async ask(wanted) {
      const { status, headers, text } = await call(wanted);
      const what = `${who}: ${wanted.request.action.replace(/^.*\//, '')}`;
      const body = await inTurns(readSoapBodyInSteps(text)).catch(() => undefined);
      const fault = body && readOnvifFault(body, what);
      if (fault !== undefined) throw fault.error;
      if (status >= 400) throw fail('REFUSED', `${what} was answered with HTTP ${status}`);
      if (body === undefined) throw fail('PROTOCOL', `${what}: the answer is no SOAP`);
      return { body, headers };
    },
    async services(signal) {
      services ??= await findServices(client, signal);
      return services;
    },
    skew: askSkew,
    get realm() {
      return http.realm;
    },
    close: http.close,
  };
  return client;
}

/** A 401 without a challenge, as the HTTP client calls it, or a 403 of a device that never named one. */
function isNoChallenge(error: unknown, realm: string | undefined): boolean {
  if (!isBridgeError(error)) return false;
  return error.code === 'PROTOCOL' || (error.code === 'FORBIDDEN' && realm === undefined);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
