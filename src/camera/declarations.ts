// Declarations shared by the devices that declare the same: a fleet has many of few models.
import { createHash } from 'node:crypto';
import type { Declarations } from '../event.ts';
import { decodeEventInstances } from '../protocol/event-instances.ts';

/** Different answers remembered; the one that was least recently asked for goes first. */
const REMEMBERED = 32;

/** Makes a decoder of GetEventInstances answers that reads the same text once. */
export function createDecoder(): (text: string) => Declarations {
  const known = new Map<string, Declarations>();
  return text => {
    const key = createHash('sha256').update(text).digest('base64');
    const declarations = known.get(key) ?? decodeEventInstances(text);
    known.delete(key);
    known.set(key, declarations);
    if (known.size > REMEMBERED) known.delete(known.keys().next().value as string);
    return declarations;
  };
}
