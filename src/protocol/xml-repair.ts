// Damaged XML as near to what was meant as can be told: text that looks like markup becomes text, never the reverse.
import { escapeXml } from './xml-escape.ts';

/** Characters by which a text may grow: what is damaged more than that is no text at all. */
export const MAX_GROWTH = 4096;

const REPLACEMENT = '\ufffd';
/** All but the characters that XML has (XML 1.0 §2.2). */
const NO_CHARACTER = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
const NUMERIC_REFERENCE = /&#(?:x([\da-fA-F]{1,6})|(\d{1,7}));/g;
const BARE_AMPERSAND = /&(?!(?:lt|gt|amp|quot|apos|#\d+|#x[\da-fA-F]+);)/g;
/** `<` that begins nothing. */
const BARE_LESS = /<(?![^\s<>"'=&\d.-])/g;
/**
 * A start tag, whose values may hold `<` where they hold no `>`: with both, a quote is missing and they are more than
 * one value.
 */
const START_TAG =
  /<([^\s<>"'=/!?]+(?:\s+[^\s<>"'=/]+\s*=\s*(?:"[^"<>]*(?:>[^"<]*|<[^">]*)?"|'[^'<>]*(?:>[^'<]*|<[^'>]*)?'))*\s*\/?>)/g;

/** Gives XML whose characters, references and stray `<` are in order; its elements may still not be. */
export function repairXml(xml: string): string {
  return xml
    .replace(NO_CHARACTER, REPLACEMENT)
    .replace(NUMERIC_REFERENCE, (reference, hex, decimal) =>
      isCharacter(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)) ? reference : REPLACEMENT,
    )
    .replace(BARE_AMPERSAND, '&amp;')
    .replace(START_TAG, (_, tag: string) => `<${tag.replaceAll('<', '&lt;')}`)
    .replace(BARE_LESS, '&lt;')
    .replaceAll(']]>', ']]&gt;');
}

function isCharacter(code: number): boolean {
  return code <= 0x10ffff && String.fromCodePoint(code).replace(NO_CHARACTER, '') !== '';
}

/** XML without its comments, and with CDATA sections as plain text; one that does not end is left as it is. */
export function withoutSections(xml: string): string {
  const begin = /<!(?:--|\[CDATA\[)/g;
  let text = '';
  let at = 0;
  for (let match = begin.exec(xml); match !== null; match = begin.exec(xml)) {
    const isComment = match[0] === '<!--';
    const end = xml.indexOf(isComment ? '-->' : ']]>', begin.lastIndex);
    if (end < 0) break;
    text += xml.slice(at, match.index);
    if (!isComment) text += escapeXml(xml.slice(begin.lastIndex, end));
    at = end + 3;
    begin.lastIndex = at;
  }
  return text + xml.slice(at);
}
