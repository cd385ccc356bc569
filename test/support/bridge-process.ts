// The built program as a child process: with a configuration file, a data directory and a working directory of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempDir } from './temp.ts';

const DIST = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** What the log says once a changed file is applied. */
export const IN_USE = 'the changed configuration is in use';

/** Characters of what a process said that a failed test shows. */
const SHOWN = 4_000;

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** One run of the program. */
export interface Run {
  pid: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Its log so far, a JSON object a line. */
  log(): Record<string, unknown>[];
  /** Sends the signal. */
  signal(name: NodeJS.Signals): void;
  /** Reads no more of its standard output, as `head` does. */
  hangUp(): void;
  /** Sends the signal and waits for the end, at most two minutes. */
  end(name?: NodeJS.Signals): Promise<Ended>;
  /** Resolves when it has ended by itself; rejects after `ms`. */
  ended(ms?: number): Promise<Ended>;
}

export interface Program {
  /** Working directory; the configuration and the data directory lie in it. */
  directory: string;
  file: string;
  dataDir: string;
  /** Replaces the configuration as a careful editor does: by a rename. An object is written as JSON, which is YAML. */
  configure(config: object | string): void;
  /**
   * Starts a command, by default `run`, on that configuration; it is killed with the test. `openFiles`: how many it may
   * have.
   */
  start(command?: readonly string[], env?: Record<string, string>, limits?: { openFiles: number }): Run;
}

/** Makes a place to run the program in. Fails where it was not built. */
export async function makeProgram(t: TestContext, config?: object | string): Promise<Program> {
  const main = resolve(process.env['BRIDGE_MAIN'] ?? DIST);
  if (!existsSync(main)) throw new Error(`${main} is not there: npm run build`);
  const runs: Run[] = [];
  // Before the directory goes.
  t.after(async () => {
    const hasFailed = 'passed' in t && t.passed === false;
    for (const { pid, stdout, stderr } of hasFailed ? runs : [])
      t.diagnostic(`process ${pid} said at last:\n${stdout.slice(-SHOWN)}${stderr.slice(-SHOWN)}`);
    await Promise.all(runs.map(run => run.end('SIGKILL')));
  });
  const directory = await tempDir(t);
  const file = join(directory, 'axis2mqtt.yaml');
  const configure = (next: object | string) => {
    writeFileSync(`${file}.new`, typeof next === 'string' ? next : JSON.stringify(next, null, 2));
    renameSync(`${file}.new`, file);
  };
  const dataDir = join(directory, 'data');
  mkdirSync(dataDir);
  if (config !== undefined) configure(config);
  return {
    directory,
    file,
    dataDir,
    configure,
    start(command = ['run', '--config', file], env = {}, limits = undefined) {
      const bare = [process.execPath, main, ...command];
      const limited = ['sh', '-c', `ulimit -n ${limits?.openFiles}; exec "$0" "$@"`, ...bare];
      const [executable = '', ...args] = limits === undefined ? bare : limited;
      const child = spawn(executable, args, {
        cwd: directory,
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const run = follow(child);
      runs.push(run);
      return run;
    },
  };
}

function follow(child: ChildProcess): Run {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', chunk => (stdout += chunk));
  child.stderr?.on('data', chunk => (stderr += chunk));
  return {
    pid: child.pid ?? 0,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    log: () => stdout.split('\n').slice(0, -1).flatMap(readLine),
    signal: name => void child.kill(name),
    hangUp: () => void child.stdout?.destroy(),
    end: (name = 'SIGTERM') => end(child, name),
    ended: ms => closed(child, ms),
  };
}

function readLine(line: string): Record<string, unknown>[] {
  return line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : [];
}

function end(child: ChildProcess, name: NodeJS.Signals): Promise<Ended> {
  child.kill(name);
  return closed(child);
}

/** Its end and that of its output. */
async function closed(child: ChildProcess, ms = 120_000): Promise<Ended> {
  if (child.exitCode === null && child.signalCode === null) {
    await once(child, 'close', { signal: AbortSignal.timeout(ms) }).catch(() => {
      child.kill('SIGKILL');
      throw new Error(`process ${child.pid} did not end within ${ms} ms`);
    });
  }
  return { code: child.exitCode, signal: child.signalCode };
}
