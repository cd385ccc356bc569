// What a device says of an error, in whichever form it says it: kept for people, bounded, and never a login.
import { readJson } from '../protocol/json.ts';
import { formsOf } from '../util/secret-forms.ts';
import type { DeviceAddress } from './address.ts';

const WORDS_MAX = 200;
/** Characters of an answer that are looked through. */
const LOOKED_AT = 16 * 1024;

/** Where JSON answers say it, the most telling first. */
const JSON_MEMBERS = ['message', 'errorMsg', 'errorMessage', 'FaultReason', 'FaultMsg', 'reason', 'error'];
/** SOAP 1.2 and 1.1, and the XML of older VAPIX. */
const XML =
  /<(?:[\w.-]+:)?(?:Text|faultstring|ErrorDescription|ErrorMsg|Message)\b[^<>]{0,200}>([^<]{1,500})</i;
/** `Error: …`, `# Error: …`, with what follows. */
const LINE = /^[ \t]*(?:#[ \t]*)?Error\b[\s\S]{0,200}/im;

/** The words of an error in an answer; undefined where it says none. */
export function errorWords(text: string): string | undefined {
  const start = text.slice(0, LOOKED_AT).trimStart();
  if (start.startsWith('{')) return inJson(text);
  return start.startsWith('<') ? tidy(XML.exec(start)?.[1] ?? '') || undefined : errorLine(start);
}

/** The line of a text answer that begins as an error, with what follows; undefined where there is none. */
export function errorLine(text: string): string | undefined {
  const [line] = LINE.exec(text) ?? [];
  return line && tidy(line);
}

/**
 * The error that a JSON object is or has: its words, which may be '', or undefined where it is none. Some answers
 * always have the member, and say there that all is well.
 */
export function errorOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  const error = fields['error'] ?? fields['errorMsg'] ?? fields['Fault'];
  if (error === undefined || error === null || error === false || error === 0 || error === '')
    return undefined;
  return wordsIn(fields) ?? '';
}

/** The text with `[secret]` wherever a login of the device stands in it, in whichever form. */
export function hideLogin(
  text: string,
  { password, onvif }: Pick<DeviceAddress, 'password' | 'onvif'>,
): string {
  return [password, onvif.password]
    .map(secret => secret.reveal())
    .filter(secret => secret !== '')
    .flatMap(secret => formsOf(secret, []))
    .reduce((shown, form) => shown.replace(form, '[secret]'), text);
}

function inJson(text: string): string | undefined {
  try {
    const value = readJson(text);
    return isObject(value) ? wordsIn(value) : undefined;
  } catch {
    return undefined;
  }
}

/** Of the object, or of the error object in it, with its code. */
function wordsIn(fields: Readonly<Record<string, unknown>>): string | undefined {
  const { error } = fields;
  const inner = isObject(error) ? error : fields;
  const words = JSON_MEMBERS.map(name => inner[name]).find(
    value => typeof value === 'string' && value !== '',
  );
  const code = plain(inner['code'] ?? inner['errorCode']);
  const said = [code && `error ${code}`, plain(words)].filter(part => part !== '').join(', ');
  return tidy(said) || undefined;
}

function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** One line of a bounded length without control characters. */
function tidy(words: string): string {
  return words
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, WORDS_MAX);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
