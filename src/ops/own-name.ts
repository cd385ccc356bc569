// Under which names the pages are asked for by right. Only a name that others can register can be made to point here.
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * Whether a Host header names this machine: by an address, as localhost, by a name without a dot (of a container, or of
 * this network), by the machine's own, or by one of `names`. HTTP/1.0 may name none, and no browser speaks it.
 */
export function isOwnName(host: string | undefined, names: readonly string[]): boolean {
  if (host === undefined) return true;
  const name = host
    .replace(/:\d*$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  if (isIP(name) !== 0) return true;
  if (/^[\w-]+$/.test(name)) return true;
  return [hostname(), ...names].some(own => own.toLowerCase() === name);
}
