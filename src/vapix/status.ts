// What an HTTP status of a device means: a success, or which error of the table.
import { type BridgeError, type ErrorCode, fail } from '../util/errors.ts';

/** What of an answer decides. */
export interface HttpAnswer {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'AUTH',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  410: 'NOT_FOUND',
  429: 'BUSY',
  503: 'BUSY',
};
const MAX_RETRY_AFTER_S = 3600;

export function isSuccess(status: number, withFaults = false): boolean {
  return (status >= 200 && status < 300) || (withFaults && (status === 400 || status === 500));
}

export interface Refused {
  url: URL;
  /** For the error. */
  who: string;
  /** The device's own. */
  words?: string | undefined;
}

/** The error of an answer that is no success. */
export function statusError({ status, headers }: HttpAnswer, { url, who, words }: Refused): BridgeError {
  if (status >= 300 && status < 400)
    return fail('REDIRECT', `${who}: ${destination(headers['location'], url)}`);
  const retryAfter = secondsOf(headers['retry-after']);
  return fail(
    CODES[status] ?? 'REFUSED',
    `${who}: HTTP ${status}${words === undefined ? '' : `, ${JSON.stringify(words)}`}`,
    retryAfter === undefined ? {} : { retryAfter },
  );
}

function destination(location = '', url: URL): string {
  if (!URL.canParse(location, url.href)) return 'it redirects to no usable address';
  const target = new URL(location, url);
  if (target.hostname !== url.hostname) return `it redirects to another host, ${target.host.slice(0, 100)}`;
  if (target.protocol === 'https:' && url.protocol === 'http:') {
    return `it redirects to its https, port ${target.port || 443}: set \`https: true\``;
  }
  return target.host === url.host
    ? 'it redirects to another path'
    : `it redirects to port ${target.port || 'default'}`;
}

/** RFC 9110 §10.2.3: seconds or a date. */
function secondsOf(retryAfter = ''): number | undefined {
  const seconds = /^\d+$/.test(retryAfter)
    ? Number(retryAfter)
    : (Date.parse(retryAfter) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(Math.ceil(seconds), 0), MAX_RETRY_AFTER_S);
}
