// Where a device's ONVIF services are: at the path that Core lays down for the device service, or at Axis' own, and as it says.
import { GET_CAPABILITIES, GET_SERVICES, readCapabilities, readServices } from '../protocol/onvif-device.ts';
import type { OnvifRequest } from '../protocol/pullpoint.ts';
import type { XmlElement } from '../protocol/xml-tree.ts';
import { type BridgeError, type ErrorCode, fail, isBridgeError } from '../util/errors.ts';
import type { OnvifClient, ServicePaths } from './types.ts';

/** Core "Device service entry point". */
export const DEVICE_SERVICE = '/onvif/device_service';
/** Axis devices answer to all at the second, and some to nothing at the first (PROTOCOLS 3.1). */
export const ENTRIES = [DEVICE_SERVICE, '/onvif/services'];
/** After these another path or request would fail too. */
const FINAL = new Set<ErrorCode>([
  'AUTH',
  'INSECURE',
  'REDIRECT',
  'TLS',
  'ADDRESS',
  'UNREACHABLE',
  'TIMEOUT',
  'BUSY',
]);
/** The device answers there, and does not know the request. */
const UNKNOWN = new Set<ErrorCode>(['UNSUPPORTED', 'REFUSED', 'FORBIDDEN', 'PROTOCOL']);

/** Rejects with the errors of the client: those of the first path, where both refuse. */
export async function findServices(
  client: Pick<OnvifClient, 'ask'>,
  signal: AbortSignal,
): Promise<ServicePaths> {
  let refusal: BridgeError | undefined;
  for (const device of ENTRIES) {
    try {
      return { device, events: await findEvents(client, device, signal) };
    } catch (error) {
      if (!isBridgeError(error) || FINAL.has(error.code)) throw error;
      refusal ??= error;
    }
  }
  throw refusal ?? fail('NOT_FOUND', 'it has no ONVIF services');
}

/** Asks the older operation where the newer is unknown; a device that knows neither serves all at one path. */
async function findEvents(client: Pick<OnvifClient, 'ask'>, path: string, signal: AbortSignal) {
  let refusal: BridgeError | undefined;
  const ask = (request: OnvifRequest): Promise<XmlElement | undefined> =>
    client.ask({ request, path, signal }).then(
      ({ body }) => body,
      (error: unknown) => {
        if (!isBridgeError(error) || !UNKNOWN.has(error.code)) throw error;
        refusal = error;
        return undefined;
      },
    );
  const services = await ask(GET_SERVICES);
  const named = services && readServices(services);
  if (named !== undefined) return pathOf(named, path);
  const capabilities = await ask(GET_CAPABILITIES);
  const events = capabilities && readCapabilities(capabilities);
  if (events !== undefined) return pathOf(events, path);
  if (services === undefined && capabilities === undefined && refusal?.code === 'UNSUPPORTED') return path;
  throw refusal ?? fail('UNSUPPORTED', 'it names no ONVIF event service');
}

/** Path and query of an address alone: whatever host it names, the device is where it was configured. */
export function pathOf(address: string, otherwise: string): string {
  if (!URL.canParse(address, 'http://device')) return otherwise;
  const { pathname, search } = new URL(address, 'http://device');
  // A URN has no path that could be asked for.
  return pathname.startsWith('/') && pathname !== '/' ? pathname + search : otherwise + search;
}
