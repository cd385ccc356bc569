// Times as devices say them, ISO 8601 in UTC.

/** What ISO 8601 can write with four digits of year: 0001-01-01 to 9999-12-31, in ms. */
const EARLIEST = -62_135_596_800_000;
const LATEST = 253_402_300_799_999;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/i;

/** Milliseconds since the epoch as ISO 8601; null where that is no time. */
export function fromEpoch(ms: number): string | null {
  return ms >= EARLIEST && ms <= LATEST ? new Date(ms).toISOString() : null;
}

/** In UTC it stays as it was said, to the microsecond; without a zone it is UTC too (PROTOCOLS 10). */
export function fromIso(text: string): string | null {
  const [said, zone] = ISO.exec(text) ?? [];
  if (said === undefined) return null;
  const utc = zone === undefined ? `${said}Z` : said;
  const ms = Date.parse(utc);
  if (Number.isNaN(ms)) return null;
  return /z$/i.test(utc) ? utc.toUpperCase() : fromEpoch(ms);
}
