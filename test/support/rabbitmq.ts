// A real RabbitMQ with its MQTT plugin on a free loopback port, with a node, a home and accounts of its own, for one test.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { tempDir } from './temp.ts';

/** Where Debian keeps the programs themselves; those in the path change the user first. */
const BIN = '/usr/lib/rabbitmq/bin';
const run = promisify(execFile);

/** Test options for a test that runs RabbitMQ: skips where it is not installed, unless CI=true. */
export function needRabbit(): { skip: string | false } {
  const missing = !existsSync(join(BIN, 'rabbitmq-server')) && process.env['CI'] !== 'true';
  return { skip: missing ? 'needs rabbitmq-server, which is not installed' : false };
}

export interface RabbitOptions {
  /** `rabbitmq.conf`, for that port of MQTT. */
  text(port: number): string;
}

export interface Rabbit {
  port: number;
  url: string;
  /** Runs a program with `rabbitmqctl` in its path; gives what it printed. */
  run(file: string, args?: readonly string[], env?: Record<string, string>): Promise<string>;
}

/** Starts one; it ends with the test. */
export async function startRabbit(t: TestContext, { text }: RabbitOptions): Promise<Rabbit> {
  const home = await tempDir(t);
  const [port, amqp, dist] = [await freePort(), await freePort(), await freePort()];
  writeFileSync(join(home, 'enabled_plugins'), '[rabbitmq_mqtt].');
  writeFileSync(join(home, 'rabbitmq.conf'), `${text(port)}\nlisteners.tcp.1 = 127.0.0.1:${amqp}\n`);
  const env = {
    ...process.env,
    HOME: home,
    PATH: `${BIN}:${process.env['PATH']}`,
    RABBITMQ_NODENAME: `axis2mqtt${port}@localhost`,
    RABBITMQ_DIST_PORT: String(dist),
    RABBITMQ_BASE: home,
    RABBITMQ_MNESIA_BASE: join(home, 'mnesia'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'enabled_plugins'),
    RABBITMQ_PID_FILE: join(home, 'pid'),
    // Its own port mapper, so that nothing of it outlives the test.
    ERL_EPMD_PORT: String(await freePort()),
  };
  const child = spawn(join(BIN, 'rabbitmq-server'), [], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (log += chunk));
  t.after(() => end(child, env));
  for (let tries = 0; !log.includes('Server startup complete'); tries++) {
    if (tries > 1_200 || child.exitCode !== null) throw new Error(`RabbitMQ did not start: ${log}`);
    await delay(50);
  }
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    async run(file, args = [], more = {}) {
      const { stdout } = await run(file, args, { env: { ...env, ...more } });
      return stdout;
    },
  };
}

/** The whole group: the server is a shell's child. Its port mapper is a daemon, and asked to go. */
async function end(child: ChildProcess, env: NodeJS.ProcessEnv): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await ended;
  await delay(200);
  await run('epmd', ['-port', env['ERL_EPMD_PORT'] ?? '', '-kill'], { env }).catch(() => undefined);
}
