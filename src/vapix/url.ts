// The URLs of one device.
import { fail } from '../util/errors.ts';
import type { DeviceAddress } from './address.ts';

/** `http://192.0.2.10:80`, always with its port. */
export function originOf({ https, host, port }: DeviceAddress): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `${https ? 'https' : 'http'}://${name}:${port}`;
}

/** The URL as it will be sent, which is what the digest covers; always one of this device. Throws ADDRESS. */
export function urlOf(origin: string, path: string): URL {
  if (!path.startsWith('/')) throw fail('INTERNAL', `${origin}: a path begins with "/"`);
  if (!URL.canParse(origin + path)) throw fail('ADDRESS', `${origin} is no usable address`);
  return new URL(origin + path);
}
