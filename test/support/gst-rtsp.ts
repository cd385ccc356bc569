// Starts GStreamer's RTSP server through its Python bindings.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('gst-rtsp-server.py', import.meta.url));
const PROBE =
  "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer";

/** Test options for a test on that server: it skips where the bindings are missing, unless CI=true. */
export function needGstRtsp(): { skip: string | false } {
  if (process.env['CI'] === 'true') return { skip: false };
  try {
    execFileSync(PYTHON, ['-c', PROBE], { stdio: 'ignore' });
    return { skip: false };
  } catch {
    return { skip: 'needs the Python bindings of gst-rtsp-server (python3-gi, gir1.2-gst-rtsp-server-1.0)' };
  }
}

export interface GstRtspOptions {
  /** Each document by the parts that are its RTP packets; all are sent over and over, 20 ms apart. */
  documents: string[][];
  username: string;
  password: string;
  /** A file with certificate and key: the server then speaks TLS. */
  pem?: string;
  /** Seconds; default 60. */
  timeout?: number;
}

export interface GstRtspServer {
  port: number;
  /** What it said of its sessions, in order. */
  said: string[];
}

export async function startGstRtsp(
  t: Pick<TestContext, 'after'>,
  options: GstRtspOptions,
): Promise<GstRtspServer> {
  const child = spawn(PYTHON, [SCRIPT, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => kill(child));
  const said: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the RTSP server ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', line => {
      if (/^\d+$/.test(line)) resolve(Number(line));
      else said.push(line);
    });
  });
  return { port, said };
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
