// The key of a note as the store takes it: LMDB's are bounded, and a name in it may come from a device.
import { createHash } from 'node:crypto';

/** Bytes of a key (LMDB's bound is 1,978), and characters that are kept of one that is longer. */
const KEY_MAX = 1900;
const START = 400;

/** The same key; of one that is too long its start, and a hash of all of it. */
export function noteKey(key: string): string {
  if (key.length * 3 <= KEY_MAX || Buffer.byteLength(key) <= KEY_MAX) return key;
  return `${key.slice(0, START)}…${createHash('sha256').update(key).digest('hex')}`;
}
