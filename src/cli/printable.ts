// Text from a device as a terminal may show it, and in columns.

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Control, format and bidirectional characters as `\uXXXX`: what a device says must not steer the terminal. A text that
 * is JSON stays that.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, found => {
    const units = Array.from({ length: found.length }, (_, at) => found.charCodeAt(at));
    return units.map(unit => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

/** Rows in columns, two blanks apart; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  const line = (row: readonly string[]) =>
    row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ');
  return rows.map(row => `${line(row).trimEnd()}\n`).join('');
}
