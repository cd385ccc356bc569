// Bytes to text: the encodings that a device may use, and strings that do not keep their document alive.
import { isAscii, isUtf8 } from 'node:buffer';

const PARAMETER = /;\s*([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^;\s]*))/g;
/** Names that devices give and `TextDecoder` does not know. */
const ALIASES: Readonly<Record<string, string>> = { 'latin-1': 'latin1' };
const DECLARED = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/;
const UNICODE = /^(utf|ucs|iso-10646)/i;
const UTF_8 = new TextDecoder();

/**
 * The text of an XML or JSON document: in the encoding of its byte order mark, else of the Content-Type that it came
 * with, else that it declares, else UTF-8 (RFC 7303 §3); the first in which it is valid. Where there is none, it is
 * UTF-8 with U+FFFD for what is not.
 */
export function decodeText(bytes: Buffer, contentType = ''): string {
  const wide = wideEncodingOf(bytes);
  if (wide !== undefined) return new TextDecoder(wide).decode(bytes);
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return UTF_8.decode(bytes);
  const charset = charsetOf(contentType);
  const declared = DECLARED.exec(bytes.toString('latin1', 0, 200))?.[1];
  for (const encoding of [charset, declared, 'utf-8']) {
    const text = encoding === undefined ? undefined : decodeValid(bytes, encoding);
    if (text !== undefined) return text;
  }
  return UTF_8.decode(bytes);
}

/** The charset of a Content-Type; other parameters may have any text between quotes. */
function charsetOf(contentType: string): string | undefined {
  for (const [, name = '', ...values] of contentType.matchAll(PARAMETER))
    if (name.toLowerCase() === 'charset') return values.find(value => value !== undefined)?.trim();
  return undefined;
}

/** UTF-16, by its byte order mark or by the `<` that XML begins with (XML 1.0 appendix F). */
function wideEncodingOf([first, second]: Buffer): string | undefined {
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return 'utf-16be';
  return undefined;
}

function decodeValid(bytes: Buffer, encoding: string): string | undefined {
  // Text that could be read this far is no UTF-16, whatever it declares: some stacks declare their strings' own form.
  if (UNICODE.test(encoding)) return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  try {
    return new TextDecoder(ALIASES[encoding.toLowerCase()] ?? encoding, { fatal: true }).decode(bytes);
  } catch {
    // Not valid in it, or nobody knows it.
    return undefined;
  }
}

/** Without the zeros at its end, and line ends behind them, which some devices send with their texts. */
export function withoutZeros(text: string): string {
  let end = text.length;
  while (end > 0 && '\0\r\n '.includes(text.charAt(end - 1))) end -= 1;
  const zero = text.indexOf('\0', end);
  return zero < 0 ? text : text.slice(0, zero);
}

/** A copy of a substring: V8 keeps the whole document alive for a slice of 13 characters or more. */
export function own(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}
