// A range of IPv4 addresses as people write it.
import { fail } from '../util/errors.ts';

/** Addresses that are looked at: a /20. */
const ADDRESSES_MAX = 4096;
const ADDRESS = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/**
 * The addresses of `192.0.2.0/24` (without those of the network and of broadcast), `192.0.2.10-192.0.2.20` or
 * `192.0.2.10-20`, or of a single one.
 * @throws CONFIG where it is none of them, or has more than 4,096.
 */
export function parseRange(text: string): string[] {
  const [first, last] = boundsOf(text.trim()) ?? [];
  if (first === undefined || last === undefined || last < first)
    throw fail('CONFIG', `a range is 192.0.2.0/24 or 192.0.2.10-192.0.2.20, not ${JSON.stringify(text)}`);
  const count = last - first + 1;
  if (count > ADDRESSES_MAX)
    throw fail('CONFIG', `${text} has ${count} addresses, ${ADDRESSES_MAX} is the most`);
  return Array.from({ length: count }, (_, index) => addressOf(first + index));
}

function boundsOf(text: string): [number, number] | undefined {
  const [network = '', bits] = text.split('/');
  if (bits !== undefined) return blockOf(network, bits);
  const [from = '', to = from, ...more] = text.split('-').map(part => part.trim());
  if (more.length > 0) return undefined;
  const whole = /^\d{1,3}$/.test(to) ? from.replace(/\d+$/, to) : to;
  const [first, last] = [numberOf(from), numberOf(whole)];
  return first === undefined || last === undefined ? undefined : [first, last];
}

function blockOf(network: string, bits: string): [number, number] | undefined {
  const address = numberOf(network);
  if (address === undefined || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return undefined;
  const size = 2 ** (32 - Number(bits));
  const first = address - (address % size);
  return size <= 2 ? [first, first + size - 1] : [first + 1, first + size - 2];
}

function numberOf(address: string): number | undefined {
  if (!ADDRESS.test(address)) return undefined;
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function addressOf(number: number): string {
  return [24, 16, 8, 0].map(shift => (number >>> shift) & 255).join('.');
}
