// XML's escapes: the five named references and the numeric ones; there are no others without a DOCTYPE.
const NAMED = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);
const ESCAPES = new Map([...NAMED].map(([name, char]) => [char, `&${name};`]));

/** Text as it may stand in an element or a quoted attribute. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, char => ESCAPES.get(char) ?? char);
}

/** Text with its references resolved; an unknown one stays as it is. */
export function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return NAMED.get(name) ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
