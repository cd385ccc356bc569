// The login of one side of a device, strict: what it asks for, and whether an Authorization header satisfies it.
import { randomBytes } from 'node:crypto';
import type { Algorithm, AuthOptions } from '../options.ts';
import { type Credentials, parseCredentials } from './credentials.ts';
import { digestResponse } from './digest.ts';

/** `missing`: no login came; `wrong`: a bad one; `stale`: a right one on a nonce that no longer counts. */
type Verdict = 'ok' | 'missing' | 'wrong' | 'stale';

export interface Gate {
  check(method: string, target: string, authorization: string | undefined): Verdict;
  /** The values of the WWW-Authenticate headers of a 401. */
  challenges(stale: boolean): string[];
  /** Forgets every nonce, as a restart does. */
  forget(): void;
}

export interface GateContext {
  realm: string;
  account(): { username: string; password: string };
  options: Required<AuthOptions>;
}

interface Nonce {
  algorithm: Algorithm;
  nc: number;
  uses: number;
}

/** Nonces that are remembered; the oldest goes first, and its user meets `stale=TRUE`. */
const MAX_NONCES = 256;
const HEX = /^[0-9a-f]+$/;

export function createGate(context: GateContext): Gate {
  const { options } = context;
  const nonces = new Map<string, Nonce>();
  const forms = challengeForms(context);
  return {
    check(method, target, authorization) {
      if (options.schemes.length === 0) return 'ok';
      if (authorization === undefined) return 'missing';
      const credentials = parseCredentials(authorization);
      if (!credentials || !options.schemes.includes(credentials.scheme)) return 'wrong';
      if (credentials.scheme === 'basic') return isAccount(credentials, context) ? 'ok' : 'wrong';
      const digest = readDigest(credentials.params, context);
      if (!digest || !isRight(digest, { method, target, context })) return 'wrong';
      return useNonce(nonces.get(digest.nonce), digest, options);
    },
    challenges(stale) {
      const texts = forms.map(form => form(stale, algorithm => issue(nonces, algorithm)));
      return options.oneHeader ? [texts.join(', ')] : texts;
    },
    forget: () => nonces.clear(),
  };
}

type Form = (stale: boolean, nonce: (algorithm: Algorithm) => string) => string;

function challengeForms({ realm, options }: GateContext): Form[] {
  const name = options.nameAlgorithm || options.algorithms.length > 1 || options.algorithms[0] !== 'MD5';
  const digest = options.algorithms.map((algorithm): Form => {
    const extra = `${name ? `, algorithm=${algorithm}` : ''}${options.qop ? ', qop="auth"' : ''}`;
    return (stale, nonce) =>
      `Digest realm="${realm}", nonce="${nonce(algorithm)}"${extra}, stale=${stale ? 'TRUE' : 'FALSE'}`;
  });
  const basic: Form = () => `Basic realm="${realm}"`;
  return options.schemes.flatMap(scheme => (scheme === 'digest' ? digest : [basic]));
}

function issue(nonces: Map<string, Nonce>, algorithm: Algorithm): string {
  const nonce = randomBytes(20).toString('hex');
  nonces.set(nonce, { algorithm, nc: 0, uses: 0 });
  const oldest = nonces.keys().next().value;
  if (nonces.size > MAX_NONCES && oldest !== undefined) nonces.delete(oldest);
  return nonce;
}

interface Digest {
  algorithm: Algorithm;
  username: string;
  uri: string;
  nonce: string;
  response: string;
  fresh?: { nc: string; cnonce: string };
}

/** The parameters, where they are all there and of the form that was asked for: with qop, or without. */
function readDigest(
  params: ReadonlyMap<string, string>,
  { realm, options }: GateContext,
): Digest | undefined {
  const get = (name: string) => params.get(name) ?? '';
  const named = get('algorithm').toUpperCase() || 'MD5';
  const algorithm = options.algorithms.find(one => one === named);
  const response = get('response');
  if (!algorithm || get('realm') !== realm || !HEX.test(response)) return undefined;
  const digest = { algorithm, username: get('username'), uri: get('uri'), nonce: get('nonce'), response };
  if (!options.qop) return params.has('qop') || params.has('nc') ? undefined : digest;
  const fresh = { nc: get('nc'), cnonce: get('cnonce') };
  const well = get('qop') === 'auth' && /^[0-9a-f]{8}$/.test(fresh.nc) && fresh.cnonce !== '';
  return well ? { ...digest, fresh } : undefined;
}

interface Asked {
  method: string;
  target: string;
  context: GateContext;
}

function isRight(digest: Digest, { method, target, context }: Asked): boolean {
  const account = context.account();
  if (digest.uri !== target || digest.username !== account.username) return false;
  return digest.response === digestResponse({ ...digest, ...account, realm: context.realm, method });
}

/** A nonce that is not ours any more, is used up, or whose `nc` does not grow is stale (RFC 7616 §3.3). */
function useNonce(nonce: Nonce | undefined, digest: Digest, options: Required<AuthOptions>): Verdict {
  if (!nonce || nonce.algorithm !== digest.algorithm) return 'stale';
  nonce.uses += 1;
  if (nonce.uses > options.nonceUses) return 'stale';
  if (!digest.fresh) return 'ok';
  const nc = Number.parseInt(digest.fresh.nc, 16);
  if (nc <= nonce.nc || (options.exactNc && nc !== nonce.nc + 1)) return 'stale';
  nonce.nc = nc;
  return 'ok';
}

function isAccount(given: Extract<Credentials, { scheme: 'basic' }>, context: GateContext): boolean {
  const account = context.account();
  return given.username === account.username && given.password === account.password;
}
