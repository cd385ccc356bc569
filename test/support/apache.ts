// Apache, the HTTP server of Axis devices, in a directory and on ports of its own: Digest, Basic, https.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Certificates } from './certificates.ts';
import { answers, freePort } from './free-port.ts';

const MODULES = '/usr/lib/apache2/modules';
const REALM = 'AXIS_ACCC8E012345';

export interface Apache {
  port: number;
  tlsPort: number;
  /** What was logged so far, a line a request: status, `user` or `-` of its login, target. */
  log(): string[];
}

export interface ApacheOptions {
  username: string;
  password: string;
  certificates: Certificates;
  /** Seconds after which a nonce is stale. */
  nonceLifetime: number;
}

/**
 * Starts Apache until the test ends. Digest covers `/digest/` and Basic `/basic/`, over http and https;
 * `/forbidden/` takes the login and refuses; `/open/` wants none. Each has a `hello.txt`.
 */
export async function startApache(t: TestContext, options: ApacheOptions): Promise<Apache> {
  const root = mkdtempSync(join(tmpdir(), 'axis2mqtt-apache-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  // Its workers run as another user where the test runs as root.
  chmodSync(root, 0o755);
  const [port, tlsPort] = [await freePort(), await freePort()];
  for (const place of ['open', 'digest', 'basic', 'forbidden']) {
    mkdirSync(join(root, 'www', place), { recursive: true });
    writeFileSync(join(root, 'www', place, 'hello.txt'), `hello ${place}`);
  }
  writePasswords(root, options);
  writeFileSync(join(root, 'apache.conf'), configuration({ ...options, root, port, tlsPort }));
  const server = spawn('apache2', ['-d', root, '-f', join(root, 'apache.conf'), '-DFOREGROUND'], {
    stdio: 'pipe',
  });
  t.after(() => stop(server));
  const log = () => readFileSync(join(root, 'access.log'), 'utf8').split('\n').filter(Boolean);
  await awaitAnswer(server, tlsPort);
  return { port, tlsPort, log };
}

function writePasswords(root: string, { username, password }: ApacheOptions): void {
  const digest = createHash('md5').update(`${username}:${REALM}:${password}`).digest('hex');
  writeFileSync(join(root, 'digest.passwords'), `${username}:${REALM}:${digest}\n`);
  const basic = createHash('sha1').update(password).digest('base64');
  writeFileSync(join(root, 'basic.passwords'), `${username}:{SHA}${basic}\n`);
}

function configuration(options: ApacheOptions & { root: string; port: number; tlsPort: number }): string {
  const { root, port, tlsPort, certificates, nonceLifetime } = options;
  const modules = [
    'mpm_event',
    'authn_core',
    'authn_file',
    'authz_core',
    'authz_user',
    'auth_digest',
    'auth_basic',
    'ssl',
  ];
  const place = (name: string, lines: string) => `<Location /${name}/>\n${lines}\n</Location>`;
  const digest = `AuthType Digest
AuthName ${REALM}
AuthUserFile ${root}/digest.passwords
AuthDigestNonceLifetime ${nonceLifetime}`;
  return `
${modules.map(name => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
ServerName 127.0.0.1
DefaultRuntimeDir ${root}
PidFile ${root}/apache.pid
Mutex file:${root}
User www-data
Group www-data
Listen 127.0.0.1:${port}
Listen 127.0.0.1:${tlsPort}
DocumentRoot ${root}/www
ErrorLog ${root}/error.log
LogFormat "%>s %u %U%q %{Authorization}i" plain
CustomLog ${root}/access.log plain
${place('digest', `${digest}\nRequire valid-user`)}
${place('forbidden', `${digest}\nRequire user nobody`)}
${place('basic', `AuthType Basic\nAuthName ${REALM}\nAuthUserFile ${root}/basic.passwords\nRequire valid-user`)}
<VirtualHost 127.0.0.1:${tlsPort}>
SSLEngine on
SSLCertificateFile ${certificates.server.cert.file}
SSLCertificateKeyFile ${certificates.server.key.file}
</VirtualHost>
`;
}

async function awaitAnswer(server: ChildProcess, port: number): Promise<void> {
  let complaint = '';
  server.stderr?.on('data', data => {
    complaint += data;
  });
  for (const start = performance.now(); performance.now() - start < 60_000; ) {
    if (server.exitCode !== null) throw new Error(`Apache did not start: ${complaint}`);
    if (await answers(port)) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  throw new Error(`Apache did not answer: ${complaint}`);
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  server.kill('SIGTERM');
  await once(server, 'exit');
}
