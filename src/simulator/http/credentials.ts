// What an Authorization header says (RFC 9110 §11.6.2, RFC 7617, RFC 7616 §3.4).

export type Credentials =
  | { scheme: 'basic'; username: string; password: string }
  | { scheme: 'digest'; params: ReadonlyMap<string, string> };

/** Reads the header; undefined where it is neither Basic nor a well-formed Digest, or names a parameter twice. */
export function parseCredentials(header: string): Credentials | undefined {
  const [, scheme = '', rest = ''] = /^(\S+) +(.*)$/s.exec(header.trim()) ?? [];
  if (scheme.toLowerCase() === 'basic') return parseBasic(rest);
  if (scheme.toLowerCase() === 'digest') return parseDigest(rest);
  return undefined;
}

function parseBasic(token: string): Credentials | undefined {
  const text = Buffer.from(token, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { scheme: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) };
}

const PARAMETER = /\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/y;

function parseDigest(text: string): Credentials | undefined {
  const params = new Map<string, string>();
  PARAMETER.lastIndex = 0;
  while (PARAMETER.lastIndex < text.length) {
    const match = PARAMETER.exec(text);
    const name = match?.[1]?.toLowerCase();
    if (!match || !name || params.has(name)) return undefined;
    params.set(name, match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '');
  }
  return { scheme: 'digest', params };
}
