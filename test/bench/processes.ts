// Child processes of the bench: started, asked, measured from outside, and ended.
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** A worker of this folder: what it sends comes out of `next`, in order. */
export interface Worker {
  pid: number;
  send(message: object): void;
  next<T>(): Promise<T>;
  stop(): Promise<void>;
}

/** Forks one of the bench's scripts; it ends with SIGTERM. */
export function startWorker(script: string, args: readonly string[] = []): Worker {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), [...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const received: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  child.on('message', message => {
    const taker = waiting.shift();
    if (taker) taker(message);
    else received.push(message);
  });
  return {
    pid: child.pid ?? 0,
    send: message => void child.send(message),
    next: <T>() =>
      new Promise<T>(resolve => {
        if (received.length > 0) resolve(received.shift() as T);
        else waiting.push(message => resolve(message as T));
      }),
    stop: () => end(child),
  };
}

/** Any program; ends with SIGTERM. */
export function startProgram(
  command: string,
  args: readonly string[],
): { pid: number; stop(): Promise<void> } {
  const child = spawn(command, [...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  return { pid: child.pid ?? 0, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await over;
  clearTimeout(late);
}

/** CPU seconds that a process has used, all its threads, user and system. */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Resident memory of a process in KiB: all, or without mapped files, whose pages the kernel takes back as it likes. */
export function memoryOf(pid: number, what: 'VmRSS' | 'RssAnon' = 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
}
