// Several sightings of one device as one: by its serial number, else by its address.
import type { Sighting, Via } from './sighting.ts';

export interface FoundDevice {
  serial: string | undefined;
  /** Where it is best spoken to, then where else it was seen. */
  addresses: string[];
  port: number;
  https: boolean;
  fingerprint: string | undefined;
  name: string;
  model: string;
  firmware: string;
  /** How it was found. */
  via: Via[];
}

/** What a device answered itself is worth more than what was said of it. */
const ORDER: readonly Via[] = ['http', 'mdns', 'ws-discovery'];

/** In order of their addresses. */
export function merge(sightings: readonly Sighting[]): FoundDevice[] {
  const serials = new Map<string, string>();
  for (const { address, serial } of sightings) if (serial !== undefined) serials.set(address, serial);
  const groups = new Map<string, Sighting[]>();
  for (const sighting of sightings) {
    const { address, serial = serials.get(address) ?? address } = sighting;
    groups.set(serial, [...(groups.get(serial) ?? []), sighting]);
  }
  return [...groups.values()].map(mergeOne).sort((one, other) => compare(one.addresses, other.addresses));
}

function mergeOne(sightings: readonly Sighting[]): FoundDevice {
  const sorted = ORDER.flatMap(via => sightings.filter(sighting => sighting.via === via));
  const first = <K extends keyof Sighting>(key: K) => sorted.map(sighting => sighting[key]).find(Boolean);
  const https = sorted.find(sighting => sighting.https !== undefined)?.https ?? false;
  return {
    serial: first('serial'),
    addresses: [...new Set(sorted.map(({ address }) => address))],
    port: first('port') ?? (https ? 443 : 80),
    https,
    fingerprint: first('fingerprint'),
    name: first('name') ?? '',
    model: first('model') ?? '',
    firmware: first('firmware') ?? '',
    via: ORDER.filter(via => sorted.some(sighting => sighting.via === via)),
  };
}

function compare([one = '']: readonly string[], [other = '']: readonly string[]): number {
  return sortable(one) < sortable(other) ? -1 : 1;
}

function sortable(address: string): string {
  return address
    .split('.')
    .map(part => part.padStart(3, '0'))
    .join('.');
}
