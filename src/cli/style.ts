// The few styles of a terminal.

export type StyleName = 'dim' | 'bold' | 'green' | 'yellow' | 'red';

/** Text in a style; the text alone where the terminal has none. */
export type Style = (name: StyleName, text: string) => string;

const CODES: Readonly<Record<StyleName, number>> = { dim: 2, bold: 1, green: 32, yellow: 33, red: 31 };

export function createStyle(color: boolean): Style {
  return color ? (name, text) => `\u001b[${CODES[name]}m${text}\u001b[0m` : (_, text) => text;
}
