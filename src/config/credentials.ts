// Passwords and certificates: what the file says, and the files that it names, to what a connection uses.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Hidden } from '../util/hidden.ts';
import { type Secret, secret } from '../util/secret.ts';
import type { PeerTls } from '../util/tls.ts';
import { defined } from './defined.ts';
import type { Attachments } from './files.ts';
import type { Path } from './path.ts';
import type { Report } from './problem.ts';
import type { BrokerTls } from './types.ts';

export interface Context {
  attachments: Attachments;
  report: Report;
  /** Gets what is read of files that hold a secret. */
  hidden: Hidden;
}

type SecretFile<Name extends string> = { [Key in Name | `${Name}File`]?: string | undefined };

/** The password that stands there or in the file named there; undefined where there is neither. */
export function readPassword(
  entry: SecretFile<'password'>,
  path: Path,
  context: Context,
): Promise<Secret | undefined> {
  return readSecret('password', entry, path, context);
}

/** The same of a secret with another name. */
export async function readSecret<Name extends string>(
  name: Name,
  entry: SecretFile<Name>,
  path: Path,
  context: Context,
): Promise<Secret | undefined> {
  const [given, file] = [entry[name], entry[`${name}File`]];
  const where = [...path, `${name}File`];
  if (given !== undefined && file !== undefined) {
    context.report.problem(where, `stands beside \`${name}\`; take one of them`);
  }
  if (given !== undefined) return secret(given);
  if (file === undefined) return undefined;
  await warnIfPublic(file, where, context);
  const text = await context.attachments.read(file, where);
  const line = text?.replace(/\r?\n$/, '');
  if (line === '') context.report.problem(where, 'the file that it names is empty');
  if (line !== undefined && /[\r\n]/.test(line)) {
    context.report.problem(where, 'the file that it names holds more than one line');
  }
  context.hidden.add(line ?? '', '[secret]');
  return secret(line ?? '');
}

async function warnIfPublic(file: string, where: Path, { attachments, report }: Context): Promise<void> {
  if (await attachments.isPublic(file))
    report.warn(
      where,
      'the file that it names can be read by every user of this machine: take that right away',
    );
}

interface TlsFile {
  ca?: string | undefined;
  fingerprint?: string | undefined;
  insecure?: boolean | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  alpn?: string | readonly string[] | undefined;
}

/** How a device's certificate is judged. */
export async function readPeerTls(tls: TlsFile, path: Path, context: Context): Promise<PeerTls> {
  const { fingerprint, insecure } = tls;
  if (insecure && (tls.ca !== undefined || fingerprint !== undefined)) {
    const message = 'accepts any certificate; leave it out, or leave out `ca` and `fingerprint`';
    context.report.problem([...path, 'insecure'], message);
  }
  const ca = await readPem(tls.ca, [...path, 'ca'], isCertificate, context);
  return defined({ ca, fingerprint, insecure });
}

/** How a broker's certificate is judged, and the bridge's own with its key. */
export async function readBrokerTls(tls: TlsFile, path: Path, context: Context): Promise<BrokerTls> {
  const peer = await readPeerTls(tls, path, context);
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    context.report.problem(path, 'needs `cert` and `key` together');
  }
  const cert = await readPem(tls.cert, [...path, 'cert'], isCertificate, context);
  const key = await readPem(tls.key, [...path, 'key'], isPrivateKey, context);
  if (tls.key !== undefined) await warnIfPublic(tls.key, [...path, 'key'], context);
  if (cert !== undefined && key !== undefined && !belongs(key, cert)) {
    context.report.problem([...path, 'key'], 'is not the key of `cert`');
  }
  const alpn = typeof tls.alpn === 'string' ? [tls.alpn] : tls.alpn;
  return defined({ ...peer, cert, key: key === undefined ? undefined : secret(key), alpn });
}

async function readPem(
  name: string | undefined,
  where: Path,
  isFit: (pem: string) => boolean,
  context: Context,
) {
  const pem = name === undefined ? undefined : await context.attachments.read(name, where);
  if (pem === undefined || isFit(pem)) return pem;
  const what = isFit === isPrivateKey ? 'private key without a passphrase' : 'certificate';
  context.report.problem(where, `the file that it names holds no ${what} in PEM form`);
  return undefined;
}

function isCertificate(pem: string): boolean {
  return succeeds(() => new X509Certificate(pem)) && pem.includes('-----BEGIN CERTIFICATE-----');
}

function isPrivateKey(pem: string): boolean {
  return succeeds(() => createPrivateKey(pem));
}

function belongs(key: string, cert: string): boolean {
  return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
}

/** Whether OpenSSL takes it; its errors say nothing that helps. */
function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
