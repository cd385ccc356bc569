// A payload that anybody may have sent, as JSON of bounded size and depth.
import type { Json } from '../event.ts';

const BYTES_MAX = 64 * 1024;
const DEPTH_MAX = 16;

export type Read = { ok: true; value: Json } | { ok: false; complaint: string };

/** The JSON value that a payload is, or what is wrong with it; never throws. */
export function readPayload(bytes: Buffer): Read {
  if (bytes.length > BYTES_MAX) return refused(`is larger than ${BYTES_MAX / 1024} KiB`);
  const text = textOf(bytes);
  if (text === undefined) return refused('is no UTF-8 text');
  const value = parse(text);
  if (value === undefined) return refused('is no JSON');
  return isWithin(value, DEPTH_MAX) ? { ok: true, value } : refused(`is deeper than ${DEPTH_MAX} levels`);
}

/** The text that a payload is; undefined where it is none. */
export function textOf(bytes: Buffer): string | undefined {
  if (bytes.length > BYTES_MAX) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function isWithin(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every(inner => isWithin(inner, levels - 1));
}

function refused(complaint: string): Read {
  return { ok: false, complaint: `the payload ${complaint}` };
}
