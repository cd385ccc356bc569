// The local times of counting applications, made UTC by what else the device says of its clock (PROTOCOLS 10).
import type { VapixClient } from './client.ts';
import { callJson, decodeJson } from './json.ts';
import { isLacking } from './poll.ts';

const PATH = '/axis-cgi/time.cgi';
const QUARTER_MS = 15 * 60_000;
/** From UTC-12 to UTC+14, all in quarters of an hour. */
const OFFSETS_MS = [-12 * 3_600_000, 14 * 3_600_000] as const;
/** How far a time that is said to be now may be from the Date header of the same answer. */
const NOW_MS = 60_000;

interface LocalTime {
  /** `YYYYMMDDhhmmss`. */
  text: unknown;
  /** The Date header of the answer that said it. */
  date: string | undefined;
}

/** The time in UTC, ISO 8601; null where it is none or nothing tells the device's offset. Rejects as the client does. */
export async function fetchUtc(
  client: VapixClient,
  { text, date }: LocalTime,
  options: { signal: AbortSignal },
): Promise<string | null> {
  const local = parseLocal(text);
  if (local === undefined) return null;
  const offset = (await fetchOffset(client, options)) ?? offsetByDate(local, date);
  return offset === undefined ? null : new Date(local - offset).toISOString();
}

/** Local time minus UTC in ms, out of an answer of time.cgi; undefined where it says none that can be. */
export function decodeOffset(text: string): number | undefined {
  const { dateTime, localDateTime } = decodeJson(text, PATH);
  return offsetOf(wallTime(localDateTime) - wallTime(dateTime), 0);
}

/** The same by the Date header, for a local time that is that of the answer. */
export function offsetByDate(local: number, date: string | undefined): number | undefined {
  return offsetOf(local - Date.parse((date ?? '').slice(0, 100)), NOW_MS);
}

/** `YYYYMMDDhhmmss` in ms as if it were UTC; undefined where it is no time. */
export function parseLocal(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^\d{14}$/.test(text)) return undefined;
  const iso = text.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6');
  const time = Date.parse(`${iso}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** Devices without the API leave it to the Date header. */
async function fetchOffset(
  client: VapixClient,
  options: { signal: AbortSignal },
): Promise<number | undefined> {
  try {
    return decodeOffset(await callJson(client, { path: PATH, method: 'getDateTimeInfo', ...options }));
  } catch (error) {
    if (isLacking(error)) return undefined;
    throw error;
  }
}

/** What the clock on the wall shows, whatever zone the text names. */
function wallTime(text: unknown): number {
  return typeof text === 'string' ? Date.parse(`${text.slice(0, 19)}Z`) : Number.NaN;
}

function offsetOf(difference: number, tolerance: number): number | undefined {
  const offset = Math.round(difference / QUARTER_MS) * QUARTER_MS;
  const [least, most] = OFFSETS_MS;
  const fits = Math.abs(difference - offset) <= tolerance && offset >= least && offset <= most;
  return fits ? offset : undefined;
}
