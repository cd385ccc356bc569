// Secrets planted to be looked for afterwards in everything that came out: as they are, encoded, and hashed.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Run } from './bridge-process.ts';
import type { Received } from './subscriber.ts';

export interface Hunt {
  /** A new secret; `logins` are the `user:realm` under which a device would know it (its HA1 is as good as itself). */
  plant(name: string, ...logins: string[]): string;
  /** A private key is a secret too: each line of it. */
  plantKey(name: string, pem: string): void;
  add(where: string, bytes: string | Buffer): void;
  addMessages(where: string, received: readonly Received[]): void;
  /** What the system shows of a running process to others. */
  addProcess(where: string, run: Run): void;
  /** Every file below a folder but those. */
  addFolder(folder: string, except: readonly string[]): void;
  /** What was found, where, in which form. */
  found(): string[];
  /** Bytes that were looked through. */
  size(): number;
}

export function createHunt(): Hunt {
  const wanted = new Map<string, string>();
  const evidence: { where: string; text: string }[] = [];
  const add = (where: string, bytes: string | Buffer) => {
    evidence.push({ where, text: Buffer.from(bytes).toString('latin1') });
  };
  return {
    plant(name, ...logins) {
      const text = `canary-${randomBytes(9).toString('hex')}`;
      for (const [form, value] of formsOf(text, logins)) wanted.set(value, `${name} (${form})`);
      return text;
    },
    plantKey(name, pem) {
      const lines = pem.split('\n').filter(line => line.length > 16 && !line.startsWith('-'));
      for (const line of lines) wanted.set(line, `${name} (PEM)`);
      for (const line of lines) wanted.set(Buffer.from(line, 'base64').toString('hex'), `${name} (hex)`);
    },
    add,
    addMessages(where, received) {
      for (const { topic, payload, properties } of received)
        add(`${where} ${topic}`, `${topic}\n${payload}\n${JSON.stringify(properties ?? {})}`);
    },
    addProcess(where, { pid }) {
      if (process.platform !== 'linux') return;
      for (const name of ['cmdline', 'comm', 'status'])
        add(`${where} ${name}`, readFileSync(`/proc/${pid}/${name}`));
    },
    addFolder(folder, except) {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        const path = join(folder, name);
        if (except.includes(path)) continue;
        add(`name of ${path}`, name);
        if (lstatSync(path).isFile()) add(path, readFileSync(path));
      }
    },
    found() {
      return evidence.flatMap(({ where, text }) =>
        [...wanted].filter(([value]) => text.includes(value)).map(([, name]) => `${name} in ${where}`),
      );
    },
    size: () => evidence.reduce((sum, { text }) => sum + text.length, 0),
  };
}

function formsOf(text: string, logins: readonly string[]): [form: string, value: string][] {
  const hash = (algorithm: string, login: string) =>
    createHash(algorithm).update(`${login}:${text}`).digest('hex');
  return [
    ['plain', text],
    ['hex', Buffer.from(text).toString('hex')],
    // Wherever it begins in what was encoded, as in `user:password`.
    ...[0, 1, 2].map((skip): [string, string] => ['base64', base64Within(text, skip)]),
    ...logins.map((login): [string, string] => ['MD5 HA1', hash('md5', login)]),
    ...logins.map((login): [string, string] => ['SHA-256 HA1', hash('sha256', login)]),
  ];
}

function base64Within(text: string, skip: number): string {
  const encoded = Buffer.from('x'.repeat(skip) + text).toString('base64');
  return encoded.slice(skip === 0 ? 0 : 4, -4);
}

export interface Tap {
  port: number;
  /** All that was sent to the target. */
  seen(): Buffer;
}

/** Passes connections on to a port of the loopback, and keeps what its clients say. */
export async function startTap(t: TestContext, target: number): Promise<Tap> {
  const chunks: Buffer[] = [];
  const server = createServer(client => {
    const upstream = connect(target, '127.0.0.1');
    client.on('data', chunk => chunks.push(chunk));
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    t.after(() => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, seen: () => Buffer.concat(chunks) };
}
