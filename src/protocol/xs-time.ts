// Times and durations as XML Schema writes them (xs:dateTime, xs:duration).

const DURATION =
  /^P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$/;
/** Milliseconds of a year and a month (ours: nobody means them to the day), a day, an hour, a minute, a second. */
const UNITS = [31_536_000_000, 2_592_000_000, 86_400_000, 3_600_000, 60_000, 1_000];

/** Milliseconds since the epoch, undefined where it is no time. Without a zone it is UTC, as ONVIF wants it. */
export function parseDateTime(text: string): number | undefined {
  const trimmed = text.trim().slice(0, 60);
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(trimmed) ? trimmed : `${trimmed}Z`;
  const time = /^\d{4}-\d\d-\d\dT/.test(zoned) ? Date.parse(zoned) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** To the second, in UTC: fractions are more than some devices can read. */
export function formatDateTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** `PT1M30S` as milliseconds, undefined where it is no duration. */
export function parseDuration(text: string): number | undefined {
  const parts = DURATION.exec(text.trim())?.slice(1);
  if (parts === undefined || parts.every(part => part === undefined)) return undefined;
  return parts.reduce((sum, part, index) => sum + Number(part ?? 0) * (UNITS[index] ?? 0), 0);
}

/** Milliseconds as `PT20S`, rounded to seconds. */
export function formatDuration(ms: number): string {
  return `PT${Math.round(ms / 1000)}S`;
}
