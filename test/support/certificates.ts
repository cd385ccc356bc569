// Certificates for TLS tests, made by openssl: an authority, a server's for 127.0.0.1 and localhost, a client's.
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** PEM text, and the file that holds it. */
export interface Pem {
  text: string;
  file: string;
}

export interface Certificates {
  ca: Pem;
  server: { cert: Pem; key: Pem; fingerprint: string };
  client: { cert: Pem; key: Pem; fingerprint: string };
}

/** Makes a set in a temporary directory that goes with the test. Needs openssl. */
export function makeCertificates(t: Pick<TestContext, 'after'>): Certificates {
  const dir = mkdtempSync(join(tmpdir(), 'axis2mqtt-certificates-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  openssl(dir, 'req', '-x509', ...keyTo('ca'), '-out', 'ca.pem', '-subj', '/CN=Test authority', '-days', '2');
  return {
    ca: pem(dir, 'ca.pem'),
    server: signed(dir, 'server', 'subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost'),
    client: signed(dir, 'client', 'keyUsage=digitalSignature'),
  };
}

function signed(dir: string, name: string, extension: string) {
  writeFileSync(join(dir, `${name}.ext`), `${extension}\n`);
  openssl(dir, 'req', ...keyTo(name), '-out', `${name}.csr`, '-subj', `/CN=${name}`);
  const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
  openssl(
    dir,
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    ...authority,
    ...['-out', `${name}.pem`],
    ...['-extfile', `${name}.ext`],
    ...['-days', '2'],
  );
  const cert = pem(dir, `${name}.pem`);
  return { cert, key: pem(dir, `${name}.key`), fingerprint: new X509Certificate(cert.text).fingerprint256 };
}

function keyTo(name: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`];
}

function openssl(cwd: string, ...args: string[]): void {
  execFileSync('openssl', args, { cwd, stdio: 'pipe' });
}

function pem(dir: string, name: string): Pem {
  const file = join(dir, name);
  return { text: readFileSync(file, 'utf8'), file };
}
