// Who answers at a camera's address, and what it declares: asked at each connect, over HTTP, which it may refuse.
import type { Declarations } from '../event.ts';
import type { Clock } from '../util/clock.ts';
import { type BridgeError, type ErrorCode, fail, fromSystem } from '../util/errors.ts';
import type { DeviceAddress } from '../vapix/address.ts';
import { type ApiList, fetchApiList } from '../vapix/api-discovery.ts';
import { createVapixClient, type VapixClient } from '../vapix/client.ts';
import { type DeviceInfo, fetchDeviceInfo } from '../vapix/device-info.ts';
import { fetchEventInstances } from '../vapix/event-instances.ts';
import { normalizeSerial, serialFromRealm } from '../vapix/serial.ts';
import { fetchSystemReady } from '../vapix/system-ready.ts';

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
  decode: (text: string) => Declarations;
  /** Whether to ask for its APIs too. */
  apis?: boolean;
  clock: Clock;
  signal: AbortSignal;
}

/** Asks for all of it; never rejects, what is refused is undefined. */
export async function askIdentity(options: AskOptions): Promise<Identity> {
  const { address, realm, signal, clock } = options;
  const patience = new AbortController();
  const cancel = clock.after(PATIENCE, () => patience.abort(fail('TIMEOUT', 'the device took too long')));
  const client = createVapixClient({ address, signal, clock });
  const refusals: BridgeError[] = [];
  const ask = <T>(request: (client: VapixClient, options: { signal: AbortSignal }) => Promise<T>) =>
    request(client, { signal: patience.signal }).catch((error: unknown) => {
      refusals.push(fromSystem(error, address.host));
      return undefined;
    });
  try {
    // One login before the others: a wrong password is tried once.
    const info = await ask(fetchDeviceInfo);
    const given = { signal: patience.signal };
    const [declarations, ready, apis] = await Promise.all([
      ask(client => fetchEventInstances(client, { ...given, decode: options.decode })),
      fetchSystemReady(client, given).catch(() => undefined),
      options.apis ? fetchApiList(client, given).catch(codeOf) : undefined,
    ]);
    const serial = info?.serial ?? serialFromRealm(realm);
    const { skew } = client;
    return { serial, info, bootId: ready?.bootId, declarations, skew, apis, refusals };
  } finally {
    cancel();
    client.close();
  }
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
