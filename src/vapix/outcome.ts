// What a device says of something that it was asked to do: some values, or a refusal that came with HTTP 200.
import type { Json } from '../event.ts';
import { type BridgeError, fail, isBridgeError } from '../util/errors.ts';
import type { Fields } from './json.ts';
import { errorLine } from './words.ts';

/** What a device said, by the device's own names. */
export type Said = Readonly<Record<string, Json>>;

export interface ActOptions {
  /** Ends the request. */
  signal?: AbortSignal;
}

const FIELDS_MAX = 32;
const TEXT_MAX = 256;

/** The plain values of an answer's data, known or not; what is nested, or long, is left out. */
export function saidOf(data: Fields): Said {
  const plain = Object.entries(data).filter((entry): entry is [string, Json] => isPlain(entry[1]));
  return Object.fromEntries(plain.filter(([name]) => name.length <= TEXT_MAX).slice(0, FIELDS_MAX));
}

/** Throws REFUSED where a text answer has a line with an error (`Error: …`, `# Error: …`). */
export function refuseErrorText(text: string, who: string): void {
  const complaint = errorLine(text);
  if (complaint !== undefined) throw refused(who, complaint);
}

/** The error of a device that refused, with its own words. */
export function refused(who: string, words: string): BridgeError {
  return fail('REFUSED', `${who}: ${JSON.stringify(words.trim().slice(0, 200))}`);
}

/** Runs `newer`, and `older` where the device does not know the path of the newer API. */
export async function newerOr<T>(newer: () => Promise<T>, older: () => Promise<T>): Promise<T> {
  try {
    return await newer();
  } catch (error) {
    if (!isBridgeError(error) || error.code !== 'NOT_FOUND') throw error;
  }
  return older();
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string'
    ? value.length <= TEXT_MAX
    : typeof value === 'number' || typeof value === 'boolean' || value === null;
}
