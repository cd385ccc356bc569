// Times as devices say them, ISO 8601 in UTC.

/** What ISO 8601 can write with four digits of year: 0001-01-01 to 9999-12-31, in ms. */
const EARLIEST = -62_135_596_800_000;
const LATEST = 253_402_300_799_999;
const ISO = /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):\d\d(:\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/i;

/** Milliseconds since the epoch as ISO 8601; null where that is no time. */
export function fromEpoch(ms: number): string | null {
  return ms >= EARLIEST && ms <= LATEST ? new Date(ms).toISOString() : null;
}

/**
 * A time of RFC 3339 in UTC: it stays as it was said, to the microsecond; without a zone it is UTC too (PROTOCOLS 10).
 * Null where it is no time, such as the 30th of February.
 */
export function fromIso(text: string): string | null {
  const [said, year, month, day, seconds, zone] = ISO.exec(text) ?? [];
  if (said === undefined || Number(day) > daysIn(Number(year), Number(month))) return null;
  const utc = zone === undefined ? `${said}Z` : said;
  const ms = Date.parse(utc);
  if (Number.isNaN(ms)) return null;
  return /z$/i.test(utc) && seconds !== undefined ? utc.toUpperCase() : fromEpoch(ms);
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
