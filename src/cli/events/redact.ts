// Takes out of a device's document what may not leave the site: logins, tokens, serial numbers, addresses.
import type { CameraConfig } from '../../config/types.ts';
import { formsOf, literal } from '../../util/secret-forms.ts';
import { normalizeSerial } from '../../vapix/serial.ts';

/** Stands for every serial number. */
export const NO_SERIAL = 'ACCC8E000000';
const REMOVED = 'REMOVED';
const NO_UUID = '00000000-0000-4000-8000-000000000000';

export interface RedactOptions {
  camera: CameraConfig;
  /** As the device said it; empty where it did not. */
  serial: string;
  keepSerial: boolean;
}

type Rule = (text: string) => string;

/**
 * Makes the function that redacts documents of one camera; the same address becomes the same number in all of them.
 * It works on bytes, so that the rest of a document stays as it was, whatever its encoding (but for UTF-16).
 */
export function createRedact(options: RedactOptions): (document: Buffer) => Buffer {
  const rules = [
    ...knownRules(options),
    ...PATTERNS.map(
      ([pattern, by]): Rule =>
        text =>
          text.replace(pattern, by),
    ),
    serialRule(options),
    numberRule(IPV4, n => `192.0.2.${n % 254}`),
    numberRule(IPV6, n => `2001:db8::${n.toString(16)}`),
    longRule,
  ];
  return document => {
    const text = rules.reduce((changed, rule) => rule(changed), document.toString('latin1'));
    return Buffer.from(text, 'latin1');
  };
}

/** Names of items and members that hold secrets. A ReferenceToken is none: it says which port or profile. */
const SECRET_NAME =
  '[\\w.-]*(?:passw|pwd|secret|credential|authoriz|nonce|cookie|session|api[._-]?key|access[._-]?(?:key|token))[\\w.-]*|token|pass|pin';
// Lengths are bounded where two parts of a pattern could share a long text.
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/(<(?:[\w-]+:)?(?:Username|Password|Nonce|Created)\b[^<>]{0,300}>)[^<]+/g, `$1${REMOVED}`],
  [/\b(Basic|Bearer|Negotiate) +[\w.~+/-]{4,}=*/gi, `$1 ${REMOVED}`],
  [/\b(username|realm|nonce|cnonce|response|opaque)(=(?:\\?"|&quot;|'|%22))[^"'&\\%]*/gi, `$1$2${REMOVED}`],
  [/(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'<>]{1,300}@/gi, `$1${REMOVED}@`],
  [
    /([?&](?:amp;)?[\w-]{0,60}?(?:session|token|password|pwd|auth|key)[\w-]{0,60}=)[^&\s"'<>]+/gi,
    `$1${REMOVED}`,
  ],
  [new RegExp(`(\\bName="(?:${SECRET_NAME})"\\s+Value=")[^"]*`, 'gi'), `$1${REMOVED}`],
  [new RegExp(`("(?:${SECRET_NAME})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, 'gi'), `$1${REMOVED}`],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, NO_UUID],
];
const IPV4 = /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])/g;
const IPV6 =
  /(?<![\w:.])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?::[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})(?![\w:])/gi;
/** A MAC address with separators, or one of Axis without (PROTOCOLS 10). */
const SERIALS =
  /(?<![0-9a-f])(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|(?:00408c|accc8e|b8a44f|e82725)[0-9a-f]{6})(?![0-9a-f])/gi;
/** The text of an item: an attribute `Value`, or a member of JSON that is no topic. */
const VALUE = /(\bValue="|"(?!topic")[^"\\]*"\s*:\s*")((?:[^"\\]|\\.)+)(?=")/g;
const LONG = /[\w+/=-]{24,}/g;

/** What the configuration says of the camera, in every form that it could come in. */
function knownRules({ camera, serial }: RedactOptions): Rule[] {
  const { username, password, onvif, host } = camera;
  const users = [username, onvif.username];
  const logins = users.map(user => `${user}:AXIS_${serial}`);
  const secrets = [password, onvif.password].flatMap(hidden => formsOf(hidden.reveal(), logins));
  const removed = secrets.map(
    (form): Rule =>
      text =>
        text.replace(form, REMOVED),
  );
  const named = [...users.map(user => [user, 'user'] as const), [host, 'device.example'] as const];
  const renamed = named.map(
    ([word, by]): Rule =>
      text =>
        text.replace(wordPattern(word), by),
  );
  return [...removed, ...renamed];
}

function wordPattern(word: string): RegExp {
  return new RegExp(`(?<![\\w.-])${literal(word)}(?![\\w.-])`, 'g');
}

function serialRule({ serial, keepSerial }: RedactOptions): Rule {
  const own = serial === '' ? SERIALS : new RegExp(`${SERIALS.source}|${serial}`, 'gi');
  const replace = (found: string) => {
    if (keepSerial && normalizeSerial(found) === serial) return found;
    const separator = /[:-]/.exec(found)?.[0] ?? '';
    const text = NO_SERIAL.match(/../g)?.join(separator) ?? NO_SERIAL;
    return /[a-f]/.test(found) ? text.toLowerCase() : text;
  };
  return text => text.replace(own, replace);
}

/** The same text becomes the same number, and what is such a number stays. */
function numberRule(pattern: RegExp, write: (n: number) => string): Rule {
  const known = new Map<string, string>();
  let count = 0;
  const replace = (found: string) => {
    const by = known.get(found) ?? write(++count);
    known.set(found, by).set(by, by);
    return by;
  };
  return text => text.replace(pattern, replace);
}

/** A long run of letters and digits in a value is a key, a token or a picture: only its length stays. */
function longRule(text: string): string {
  const blank = (run: string) => (/\d/.test(run) && /[a-z]/i.test(run) ? 'A'.repeat(run.length) : run);
  return text.replace(VALUE, (_, before: string, value: string) => before + value.replace(LONG, blank));
}
