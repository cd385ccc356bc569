// A real mosquitto on a free loopback port, with a configuration of its own, for one test.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { eventually } from './eventually.ts';
import { answers, freePort } from './free-port.ts';
import { find } from './need.ts';

export interface MosquittoOptions {
  /** Lines of the configuration after `listener`, such as `max_qos 1`. */
  config?: string[];
  /** Who may log in; without it everybody may. */
  users?: Record<string, string>;
  /** Lines of the access control list. */
  acl?: string[];
  /** Keeps sessions and retained messages over a `stop`. */
  persistent?: boolean;
  /** The whole configuration for that port, instead of all of the above. */
  text?: (port: number) => string;
}

export interface Mosquitto {
  port: number;
  url: string;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): Promise<void>;
  /** Writes sessions and retained messages to disk, where it is `persistent`. */
  save(): Promise<unknown>;
  /** Saves, and takes a copy of that; returns what puts it back while it is stopped. */
  backup(): Promise<() => void>;
  /** It keeps its sockets and does nothing any more. */
  freeze(): void;
  thaw(): void;
  /** Gives a user another password, from its next connection on. */
  setPassword(user: string, password: string): void;
  /** Replaces the lines of the access control list. */
  setAcl(lines: readonly string[]): void;
  /** Resolves once somebody has subscribed to that filter, so often. */
  subscribed(filter: string, times?: number): Promise<unknown>;
  /** Its log so far. */
  log(): string;
}

/** Starts one; it ends with the test. */
export async function startMosquitto(t: TestContext, options: MosquittoOptions = {}): Promise<Mosquitto> {
  const dir = mkdtempSync(join(tmpdir(), 'axis2mqtt-mosquitto-'));
  const port = await freePort();
  const file = writeConfig(dir, port, options);
  let child: ChildProcess | undefined;
  let log = '';

  async function start(): Promise<void> {
    child = spawn(find('mosquitto') ?? 'mosquitto', ['-v', '-c', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (log += chunk));
    const starting = child;
    await eventually(`mosquitto on ${port}`, () => starting.exitCode !== null || answers(port));
    if (starting.exitCode !== null) throw new Error(`mosquitto did not start: ${log}`);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGCONT');
    child.kill(signal);
    await once(child, 'exit');
  }

  t.after(async () => {
    await end('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });
  await start();
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    save() {
      child?.kill('SIGUSR1');
      return eventually('what is saved', () => existsSync(join(dir, 'mosquitto.db')));
    },
    async backup() {
      const saved = join(dir, 'mosquitto.db');
      const before = statSync(saved, { throwIfNoEntry: false })?.mtimeMs;
      child?.kill('SIGUSR1');
      await eventually('what is saved', () => {
        const now = statSync(saved, { throwIfNoEntry: false });
        return now !== undefined && now.size > 0 && now.mtimeMs !== before;
      });
      const copy = readFileSync(saved);
      return () => writeFileSync(saved, copy);
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    setPassword(user, password) {
      setPassword(join(dir, 'passwords'), user, password);
      child?.kill('SIGHUP');
    },
    setAcl(lines) {
      writeFileSync(join(dir, 'acl'), `${lines.join('\n')}\n`, { mode: 0o600 });
      child?.kill('SIGHUP');
    },
    subscribed: (filter, times = 1) =>
      eventually(`${filter} is subscribed to`, () => log.split(`${filter} (QoS`).length > times),
    log: () => log,
  };
}

function writeConfig(
  dir: string,
  port: number,
  { config = [], users, acl, persistent, text }: MosquittoOptions,
): string {
  const own = [`listener ${port} 127.0.0.1`, `allow_anonymous ${users === undefined}`, ...config];
  const lines = text === undefined ? own : [text(port)];
  if (process.getuid?.() === 0) lines.push('user root');
  if (persistent) lines.push('persistence true', `persistence_location ${dir}/`);
  if (users !== undefined) {
    const file = join(dir, 'passwords');
    writeFileSync(file, '', { mode: 0o600 });
    for (const [name, password] of Object.entries(users)) setPassword(file, name, password);
    lines.push(`password_file ${file}`);
  }
  if (acl !== undefined) {
    writeFileSync(join(dir, 'acl'), `${acl.join('\n')}\n`, { mode: 0o600 });
    lines.push(`acl_file ${join(dir, 'acl')}`);
  }
  const file = join(dir, 'mosquitto.conf');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function setPassword(file: string, user: string, password: string): void {
  execFileSync(find('mosquitto_passwd') ?? '', ['-b', file, user, password], { stdio: 'ignore' });
}
