// The disks: SD card, network share, hard disk; their space and their health (PROTOCOLS 7.3).
import type { Reading } from '../event.ts';
import { fail } from '../util/errors.ts';
import type { VapixClient } from './client.ts';
import { refused } from './outcome.ts';
import { isLacking, type Poll } from './poll.ts';
import { bounded, readingOf, type Types, typed, unitsOf } from './readings.ts';
import { errorWords } from './words.ts';
import { findElement, readVapixXml, type VapixElement } from './xml.ts';

const API = 'storage';
const LIST_PATH = '/axis-cgi/disks/list.cgi?diskid=all';
const HEALTH_PATH = '/axis-cgi/disks/gethealth.cgi';
/** Disks whose health is asked for; devices have up to three. */
const ASKED_MAX = 8;

/** Sizes have no confirmed unit and bear the names that the device gives them. */
const TYPES: Types = new Map([
  ...(
    [
      'totalsize',
      'freesize',
      'cleanuplevel',
      'cleanupmaxage',
      'wear',
      'temperature',
      'overallhealth',
    ] as const
  ).map(name => [name, 'number'] as const),
  ...(
    ['locked', 'full', 'readonly', 'encryptionenabled', 'diskencryptionenabled', 'diskencrypted'] as const
  ).map(name => [name, 'boolean'] as const),
]);

/** PROTOCOLS-2 of the health of disks. */
const UNITS = new Map([
  ['wear', '%'],
  ['temperature', 'K'],
]);

/** What is said of each disk, by its id. */
export type Disks = Map<string, Map<string, string>>;

export const pollStorage: Poll = async (client, { signal }) => {
  const list = await client.request({ method: 'GET', path: LIST_PATH, signal });
  const disks = decodeDisks(list.text);
  return diskReadings(disks, await fetchHealth(client, [...disks.keys()], signal));
};

/**
 * The attributes of every element that names a disk, in either answer. Throws REFUSED where it is an error, PROTOCOL
 * where it is no XML or of something else.
 */
export function decodeDisks(text: string): Disks {
  const disks: Disks = new Map();
  const root = readVapixXml(text);
  const found = withDiskId(root);
  if (found.length === 0) refuseOther(root, text);
  for (const { attributes, id } of found) {
    const known = disks.get(id) ?? new Map<string, string>();
    for (const [name, value] of attributes) if (name !== 'diskid') known.set(name, value);
    disks.set(id, known);
  }
  return disks;
}

/** A device without disks has an empty list of them. */
function refuseOther(root: VapixElement, text: string): void {
  const words = errorWords(text);
  if (words !== undefined) throw refused(LIST_PATH, words);
  if (findElement(root, 'disks') === undefined)
    throw fail('PROTOCOL', `${LIST_PATH}: the answer tells of no disk`);
}

/** One reading a disk of the list, with its health where that is known. */
export function diskReadings(disks: Disks, health: Disks): Reading[] {
  const readings = [...disks].map(([item, said]) => {
    const values = typed(new Map([...said, ...(health.get(item) ?? [])]), TYPES);
    return readingOf(API, values, { item, units: unitsOf(values, UNITS) });
  });
  return bounded(readings);
}

/** Asks for one disk after the other, unless the answer for the first tells of all; devices may lack that API. */
async function fetchHealth(client: VapixClient, ids: readonly string[], signal: AbortSignal): Promise<Disks> {
  const health: Disks = new Map();
  try {
    for (const id of ids.slice(0, ASKED_MAX)) {
      if (health.has(id)) continue;
      const path = `${HEALTH_PATH}?diskid=${encodeURIComponent(id)}`;
      const { text } = await client.request({ method: 'GET', path, signal });
      for (const [disk, said] of decodeDisks(text)) health.set(disk, said);
    }
  } catch (error) {
    if (!isLacking(error)) throw error;
  }
  return health;
}

function withDiskId(element: VapixElement): (VapixElement & { id: string })[] {
  const id = element.attributes.get('diskid');
  const inner = element.children.flatMap(withDiskId);
  return id === undefined || id === '' ? inner : [{ ...element, id }, ...inner];
}
