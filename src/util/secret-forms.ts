// The forms in which a secret can stand in a document: as it is, escaped, encoded, hashed.
import { createHash } from 'node:crypto';

/** Shorter ones would be found in ordinary words: they count where they are the whole of a value. */
const SHORT = 4;
const AROUND = '[\\w+/=-]{0,400}';

/** Patterns that find it in a document read as latin1; `logins` are the `user:realm` of its Digest (RFC 7616 §3.4.2). */
export function formsOf(secret: string, logins: readonly string[]): RegExp[] {
  const bytes = Buffer.from(secret);
  const plain = bytes.toString('latin1');
  if (plain.length < SHORT) return [new RegExp(`(?<=["'>:])${literal(plain)}(?=["'<@])`, 'g')];
  const hashes = logins.flatMap(login =>
    ['md5', 'sha256'].map(algorithm => createHash(algorithm).update(`${login}:${secret}`).digest('hex')),
  );
  const exact = [plain, escapedXml(plain), JSON.stringify(plain).slice(1, -1), encodeURIComponent(secret)];
  const hex = [bytes.toString('hex'), ...hashes];
  return [
    ...[...new Set(exact)].map(text => new RegExp(literal(text), 'g')),
    ...hex.map(text => new RegExp(text, 'gi')),
    ...base64Within(bytes).map(text => new RegExp(`${AROUND}${literal(text)}${AROUND}`, 'g')),
  ];
}

/** The text as a pattern that finds just it. */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

const XML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapedXml(text: string): string {
  return text.replace(/[&<>"']/g, character => XML_ESCAPES[character] ?? character);
}

/** What of its Base64 is the same wherever it begins in what was encoded, as in `user:password`. */
function base64Within(bytes: Buffer): string[] {
  return [0, 1, 2].map(skip => {
    const encoded = Buffer.concat([Buffer.alloc(skip), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = Math.floor(((skip + bytes.length) * 8) / 6);
    return encoded.slice(Math.ceil((skip * 8) / 6), whole);
  });
}
