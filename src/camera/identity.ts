// Who answers at a camera's address, and what it declares: asked at each connect, over HTTP, which it may refuse.
import type { Declarations } from '../event.ts';
import { createOnvifClient } from '../onvif/client.ts';
import { fetchEventProperties, fetchInformation } from '../onvif/device.ts';
import type { Clock } from '../util/clock.ts';
import { endWith } from '../util/ending.ts';
import { type BridgeError, type ErrorCode, fail, fromSystem } from '../util/errors.ts';
import type { DeviceAddress } from '../vapix/address.ts';
import { type ApiList, fetchApiList } from '../vapix/api-discovery.ts';
import { createVapixClient } from '../vapix/client.ts';
import { type DeviceInfo, fetchDeviceInfo } from '../vapix/device-info.ts';
import { fetchEventInstances } from '../vapix/event-instances.ts';
import { normalizeSerial, serialFromRealm } from '../vapix/serial.ts';
import { fetchSystemReady } from '../vapix/system-ready.ts';
import { AbsentApis } from './absent-apis.ts';

/** How long (ms) a device may take to answer before its events go on without it. */
const PATIENCE = 10_000;

export interface Identity {
  serial: string | undefined;
  info: DeviceInfo | undefined;
  bootId: string | undefined;
  declarations: Declarations | undefined;
  /** Its clock minus ours (ms), where it said a date. */
  skew: number | undefined;
  /** Its APIs, or why it does not tell; undefined where it was not asked. */
  apis: ApiList | ErrorCode | undefined;
  /** Why the info or the declarations are missing. */
  refusals: BridgeError[];
}

export interface AskOptions {
  address: DeviceAddress;
  /** The realm of the stream's login: it names the serial number to a bridge that HTTP refuses (PROTOCOLS 10). */
  realm: string | undefined;
  decode: (text: string) => Declarations | Promise<Declarations>;
  /** Whether to ask for its APIs too. */
  apis?: boolean;
  /** It is heard by ONVIF: the login is right there, whatever VAPIX says of it. Default false. */
  isOnvif?: boolean;
  /** What it answered that it does not have; default: nothing. */
  absent?: AbsentApis;
  clock: Clock;
  signal: AbortSignal;
}

/** Asks for all of it; never rejects, what is refused is undefined. A device without VAPIX is asked over ONVIF. */
export async function askIdentity(options: AskOptions): Promise<Identity> {
  const { address, realm, clock, absent = new AbsentApis(clock) } = options;
  const patience = endWith(options.signal);
  const cancel = clock.after(PATIENCE, () => patience.end(fail('TIMEOUT', 'the device took too long')));
  const { signal } = patience;
  const client = createVapixClient({ address, signal, clock });
  const onvif = createOnvifClient({ address, clock });
  const refusals = new Map<string, BridgeError>();
  const ask = <T>(name: string, request: () => Promise<T>) =>
    absent.ask(name, request).catch((error: unknown) => {
      refusals.set(name, fromSystem(error, address.host));
      return undefined;
    });
  try {
    // One login before the others: a wrong password is tried once.
    let info = await ask(INFO, () => fetchDeviceInfo(client, { signal }));
    const [instances, ready, apis] = await Promise.all([
      ask(EVENTS, () => fetchEventInstances(client, { signal, decode: options.decode })),
      absent.ask(READY, () => fetchSystemReady(client, { signal })).catch(() => undefined),
      options.apis ? fetchApiList(client, { signal }).catch(codeOf) : undefined,
    ]);
    let declarations = instances;
    if (isWithoutVapix(refusals.get(INFO), options)) {
      info = await ask('ONVIF information', () => fetchInformation(onvif, signal));
      declarations ??= await ask('ONVIF event properties', () => fetchEventProperties(onvif, signal));
      if (info !== undefined) refusals.delete(INFO);
      if (declarations !== undefined) refusals.delete(EVENTS);
    }
    return {
      serial: info?.serial ?? serialFromRealm(realm),
      info,
      bootId: ready?.bootId,
      declarations,
      skew: client.skew,
      apis,
      refusals: [...refusals.values()],
    };
  } finally {
    cancel();
    patience.unlink();
    client.close();
    onvif.close();
  }
}

const INFO = 'device information';
const EVENTS = 'event instances';
const READY = 'system ready';
/** What says that a device has no VAPIX, or not for this account. */
const NO_VAPIX = new Set<ErrorCode>(['NOT_FOUND', 'UNSUPPORTED', 'REFUSED', 'PROTOCOL']);
/** The same of a device that is heard by ONVIF: a web interface of another make answers with these as well. */
const NO_VAPIX_BUT_ONVIF = new Set<ErrorCode>(['AUTH', 'FORBIDDEN', 'REDIRECT', 'BUSY', 'TOO_LARGE']);

/** A login that VAPIX refuses is not tried at another door, unless it is known to be right there. */
function isWithoutVapix(refusal: BridgeError | undefined, { isOnvif = false }: AskOptions): boolean {
  if (refusal === undefined) return false;
  return NO_VAPIX.has(refusal.code) || (isOnvif && NO_VAPIX_BUT_ONVIF.has(refusal.code));
}

function codeOf(error: unknown): ErrorCode {
  return fromSystem(error, 'API discovery').code;
}

/** Throws WRONG_DEVICE where another device answers than the configuration names. */
export function checkSerial(host: string, wanted: string | undefined, found: string | undefined): void {
  const serial = wanted === undefined ? undefined : (normalizeSerial(wanted) ?? wanted);
  if (serial === undefined || found === undefined || serial === found) return;
  throw fail('WRONG_DEVICE', `${host} has serial number ${found}, not ${serial}`);
}
