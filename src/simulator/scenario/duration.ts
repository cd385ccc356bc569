// Durations of scenarios: `500ms`, `10s`, `5m`, `2h`, `7d`, with a minus for a clock that goes back.

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds; undefined where the text is no duration. */
export function parseDuration(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  const [, sign, amount, unit = ''] = /^(-?)(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return factor === undefined ? undefined : Number(`${sign}${amount}`) * factor;
}
