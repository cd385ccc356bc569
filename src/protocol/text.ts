// Bytes to text: the encodings that a device may use, and strings that do not keep their document alive.
import { isAscii, isUtf8 } from 'node:buffer';
import { fail } from '../util/errors.ts';

const DECLARED = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/;
const UNICODE = /^(utf|ucs|iso-10646)/i;

/**
 * The text of an XML document: UTF-8, UTF-16 with its byte order mark, or the encoding that it declares.
 * @throws PROTOCOL where the bytes are not valid in that encoding.
 */
export function decodeXml(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  const encoding = encodingOf(bytes);
  if (encoding === 'utf-8' && isUtf8(bytes)) return bytes.toString('utf8');
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw fail('PROTOCOL', `the document is not valid ${encoding}`);
  }
}

const CHARSET = /;\s*charset\s*=\s*"?([\w.:-]+)/i;

/**
 * The text of an XML or JSON document: in the encoding of its byte order mark, else of the Content-Type that it came
 * with, else that it declares, else UTF-8 with U+FFFD for what is not.
 */
export function decodeText(bytes: Buffer, contentType = ''): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  const own = encodingOf(bytes);
  const charset = CHARSET.exec(contentType)?.[1];
  const named = charset === undefined || UNICODE.test(charset) || own.startsWith('utf-16') ? own : charset;
  try {
    return new TextDecoder(named, { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const declared = DECLARED.exec(bytes.toString('latin1', 0, 200))?.[1];
  // Text that could be read this far is no UTF-16, whatever it declares: some stacks declare their strings' own form.
  return declared === undefined || UNICODE.test(declared) ? 'utf-8' : declared;
}

/** A copy of a substring: V8 keeps the whole document alive for a slice of 13 characters or more. */
export function own(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}
