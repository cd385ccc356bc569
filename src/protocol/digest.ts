// Answers the login challenges of HTTP and RTSP: Digest (RFC 2069, 2617, 7616), or Basic where it is allowed.
import { randomBytes } from 'node:crypto';
import DigestClient from 'digest-fetch';
import { fail } from '../util/errors.ts';
import type { Secret } from '../util/secret.ts';
import { type Challenge, parseChallenges } from './challenge.ts';

/** The login of one user at one peer. It keeps the last challenge and answers it before it is asked again. */
export interface Authenticator {
  /** Value of the Authorization header for the next request; undefined until a challenge was taken. */
  authorize(request: AuthorizedRequest): string | undefined;
  /**
   * Takes all WWW-Authenticate header values of a 401. Returns when repeating the request makes sense.
   * `refused` is what that request bore; left out, what was given out last (right unless requests run in parallel).
   * Throws AUTH (already answered and not stale), INSECURE (only Basic, in clear), UNSUPPORTED (nothing known is
   * offered), PROTOCOL (no challenge at all, or one nonce after the other is called stale).
   */
  challenge(headers: readonly string[], refused?: { authorization: string | undefined }): void;
  /** The realm of the challenge in use, such as `AXIS_ACCC8E012345`. */
  readonly realm: string | undefined;
}

export interface AuthorizedRequest {
  method: string;
  /** The request target byte for byte: path and query in HTTP, the absolute URL in RTSP. */
  uri: string;
}

export interface AuthenticatorOptions {
  username: string;
  password: Secret;
  /** Whether the password itself may be sent: over TLS, or where the user says so. */
  allowBasic: boolean;
  /** Makes the client nonce; given by tests. */
  cnonce?: () => string;
}

/** One challenge in use. */
interface Session {
  realm: string;
  nonce: string;
  stale: boolean;
  /** Answers given with this nonce: the nonce count, which never starts again. */
  count: number;
  /** Answers given since this challenge came. The second one says that the first was accepted. */
  uses: number;
  /** It came because the one before was called stale at its first use. */
  renewed: boolean;
  /** The part of an Authorization header that tells that it answered this challenge. */
  mark: string;
  answer(request: AuthorizedRequest, count: number): string;
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  let session: Session | undefined;
  let last: string | undefined;
  return {
    authorize(request) {
      if (!session) return undefined;
      session.count += 1;
      session.uses += 1;
      last = session.answer(request, session.count);
      return last;
    },
    challenge(headers, refused = { authorization: last }) {
      const offered = choose(parseChallenges(headers), options);
      if (session && refused.authorization?.includes(session.mark)) judge(session, offered);
      if (!offered) throw fail('PROTOCOL', 'it wants a login and does not say which');
      if (offered.nonce === session?.nonce) offered.count = session.count;
      session = offered;
    },
    get realm() {
      return session?.realm;
    },
  };
}

/** Whether a 401 for an answer to `session`, with this new offer, may be answered once more. */
function judge(session: Session, offered: Session | undefined): void {
  if (session.uses > 1 && offered) return;
  if (!offered?.stale) throw fail('AUTH', `the login was refused, realm ${JSON.stringify(session.realm)}`);
  if (session.renewed) throw fail('PROTOCOL', 'it calls one login nonce after the other stale');
  offered.renewed = true;
}

function choose(challenges: Challenge[], options: AuthenticatorOptions): Session | undefined {
  if (challenges.length === 0) return undefined;
  const digests = challenges.map(readDigest).filter(digest => digest !== undefined);
  const [strongest] = digests.sort((a, b) => a.rank - b.rank);
  if (strongest) return digestSession(strongest, options);
  const basic = challenges.find(challenge => challenge.scheme === 'basic');
  if (!basic) throw fail('UNSUPPORTED', `no login that it offers is supported: ${describe(challenges)}`);
  if (!options.allowBasic)
    throw fail('INSECURE', 'it offers only Basic, which would send the password in clear');
  return basicSession(basic, options);
}

function describe(challenges: Challenge[]): string {
  const texts = challenges.map(({ scheme, params }) =>
    [
      scheme,
      ...['algorithm', 'qop'].filter(name => params.has(name)).map(name => `${name}=${params.get(name)}`),
    ].join(' '),
  );
  return JSON.stringify(texts.join(', ').slice(0, 200));
}

interface DigestChallenge {
  realm: string;
  nonce: string;
  stale: boolean;
  opaque: string | undefined;
  /** As the challenge said it. */
  algorithm: string | undefined;
  hash: string;
  perSession: boolean;
  withQop: boolean;
  /** 0 is the strongest. */
  rank: number;
}

const HASHES = ['SHA-512-256', 'SHA-256', 'MD5'];
// Control characters, and what no header can carry, are not echoed.
const ECHOABLE = /^[\t\x20-\x7e\x80-\xff]*$/;

function readDigest({ scheme, params }: Challenge): DigestChallenge | undefined {
  const algorithm = params.get('algorithm');
  const [, hash = '', sess] = /^(.+?)(-sess)?$/i.exec(algorithm ?? 'MD5') ?? [];
  const rank = HASHES.indexOf(hash.toUpperCase());
  const nonce = params.get('nonce');
  const realm = params.get('realm') ?? '';
  const opaque = params.get('opaque');
  const qops = (params.get('qop') ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  if (scheme !== 'digest' || rank < 0 || nonce === undefined) return undefined;
  if (qops.length > 0 && !qops.includes('auth')) return undefined;
  if (![realm, nonce, opaque ?? ''].every(value => ECHOABLE.test(value))) return undefined;
  return {
    realm,
    nonce,
    stale: params.get('stale')?.toLowerCase() === 'true',
    opaque,
    algorithm,
    hash: HASHES[rank] ?? '',
    perSession: sess !== undefined,
    withQop: qops.length > 0,
    rank,
  };
}

function digestSession(challenge: DigestChallenge, options: AuthenticatorOptions): Session {
  const { realm, nonce, stale, opaque, algorithm, perSession, withQop } = challenge;
  const calculator = new DigestClient('', '', { algorithm: challenge.hash });
  const hash = (...parts: string[]) => String(calculator.hashWithAlgorithm(parts.join(':')));
  const cnonce = (options.cnonce ?? newCnonce)();
  const login = hash(options.username, realm, options.password.reveal());
  const ha1 = perSession ? hash(login, nonce, cnonce) : login;
  const mark = `, nonce=${quote(nonce)}`;

  function answer({ method, uri }: AuthorizedRequest, count: number): string {
    const nc = count.toString(16).padStart(8, '0');
    const ha2 = hash(method, uri);
    const response = withQop ? hash(ha1, nonce, nc, cnonce, 'auth', ha2) : hash(ha1, nonce, ha2);
    return [
      `Digest ${usernameParam(options.username)}, realm=${quote(realm)}${mark}, uri=${quote(uri)}`,
      `response="${response}"`,
      ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
      ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
      ...(withQop ? ['qop=auth', `nc=${nc}`] : []),
      ...(withQop || perSession ? [`cnonce="${cnonce}"`] : []),
    ].join(', ');
  }
  return { realm, nonce, stale, count: 0, uses: 0, renewed: false, mark, answer };
}

function basicSession({ params }: Challenge, { username, password }: AuthenticatorOptions): Session {
  const mark = 'Basic ';
  const answer = () => mark + Buffer.from(`${username}:${password.reveal()}`).toString('base64');
  return {
    realm: params.get('realm') ?? '',
    nonce: '',
    stale: false,
    count: 0,
    uses: 0,
    renewed: false,
    mark,
    answer,
  };
}

/** RFC 7616 §3.4: a name that a quoted string cannot carry goes as `username*`. */
function usernameParam(username: string): string {
  if (/^[\x20-\x7e]*$/.test(username)) return `username=${quote(username)}`;
  const encoded = encodeURIComponent(username).replace(
    /['()*]/g,
    byte => `%${byte.charCodeAt(0).toString(16)}`,
  );
  return `username*=UTF-8''${encoded}`;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function newCnonce(): string {
  return randomBytes(16).toString('hex');
}
