// Durations and sizes as people write them: `10s` to milliseconds, `64KiB` to bytes.

const DURATION = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** Milliseconds of `500ms 10s 5m 2h 7d`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  return parse(text, DURATION);
}

/** Bytes of `64KiB 10MiB 1GiB 2TiB`; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  return parse(text, SIZE);
}

function parse(text: string, units: Record<string, number>): number | undefined {
  const [, digits, unit] = /^(\d{1,12})([A-Za-z]+)$/.exec(text) ?? [];
  const factor = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (digits === undefined || factor === undefined) return undefined;
  const value = Number(digits) * factor;
  return Number.isSafeInteger(value) ? value : undefined;
}
