// Starts an event stream over the WebSocket server of the Python package websockets.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('websocket-server.py', import.meta.url));

/** Test options for a test on that server: it skips where the package is missing, unless CI=true. */
export function needPythonWebSocket(): { skip: string | false } {
  if (process.env['CI'] === 'true') return { skip: false };
  try {
    execFileSync(PYTHON, ['-c', 'import websockets'], { stdio: 'ignore' });
    return { skip: false };
  } catch {
    return { skip: 'needs the Python package websockets (python3-websockets)' };
  }
}

export interface PythonWebSocketOptions {
  /** Each message by the parts that are its frames; all are sent over and over, 20 ms apart. */
  messages: string[][];
  /** Whether it pings its clients, and throws out who does not answer. */
  pings: boolean;
  username: string;
  password: string;
  /** A file with certificate and key: the server then speaks TLS. */
  pem?: string;
}

export interface PythonWebSocket {
  port: number;
  /** What it said of the ends of its connections, in order. */
  said: string[];
  /** Has it say goodbye to its clients and end. */
  end(): void;
}

export async function startPythonWebSocket(
  t: Pick<TestContext, 'after'>,
  options: PythonWebSocketOptions,
): Promise<PythonWebSocket> {
  const child = spawn(PYTHON, [SCRIPT, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => kill(child));
  const said: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the WebSocket server ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', line => {
      if (/^\d+$/.test(line)) resolve(Number(line));
      else said.push(line);
    });
  });
  return { port, said, end: () => void child.stdin.end() };
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
