// The lock of a data directory: a file that says who owns it, and that its owner touches again and again.
//
// An owner on this system is looked for by its number and its start; of one in another container or on another machine,
// where numbers mean other processes, the touches tell. The file is there only as a whole: it is made, and taken from an
// owner that is gone, under a name of its own, and then linked. On a full disk an old one is written over in place.
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface Lock {
  /** Its last owner ended without a release. */
  readonly wasLeft: boolean;
  /** Whether it is still this owner's; another takes it where this one was silent for too long. */
  isHeld(): boolean;
  release(): void;
  /** Leaves it as it was found: what it guards was not touched. */
  giveBack(): void;
}

export interface LockOptions {
  /** How often (ms) the owner touches it. */
  touchMs?: number;
  /** For how long (ms) a touch of an owner elsewhere is waited for. */
  patienceMs?: number;
}

const FREE = 'free';
const TOUCH_MS = 2_000;
const PATIENCE_MS = 6_000;
/** Others may take or release it at the same time. */
const ATTEMPTS = 5;

/** Takes the lock; throws an Error that says by whom it is held. */
export async function takeLock(file: string, options: LockOptions = {}): Promise<Lock> {
  const { touchMs = TOUCH_MS, patienceMs = PATIENCE_MS } = options;
  const own = [process.pid, startOf(process.pid) ?? '-', namespace() ?? '-', randomUUID()].join(' ');
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = read(file);
    if (found !== undefined) await checkGone(file, found, patienceMs);
    if (!take(file, { own, found })) continue;
    return hold(file, { own, found: found ?? FREE, touchMs });
  }
  throw new Error(`others take it again and again (${file})`);
}

function hold(file: string, { own, found, touchMs }: { own: string; found: string; touchMs: number }): Lock {
  let isHeld = true;
  const touch = () => {
    try {
      isHeld &&= read(file) === own;
      if (isHeld) utimesSync(file, new Date(), new Date());
    } catch {
      // No descriptor is left, or the disk does not answer: the next time may do.
    }
  };
  const timer = setInterval(touch, touchMs).unref();
  const leave = (text: string) => {
    clearInterval(timer);
    if (isHeld && read(file) === own) overwrite(file, text);
  };
  return {
    wasLeft: found !== FREE,
    isHeld: () => isHeld,
    release: () => leave(FREE),
    giveBack: () => leave(found),
  };
}

/** Gives whether it is taken from the owner that was `found` there, or from none. */
function take(file: string, { own, found }: { own: string; found: string | undefined }): boolean {
  const mine = `${file}.${randomUUID()}`;
  if (found !== undefined && !moved(file, mine)) return false;
  if (found !== undefined && read(mine) !== found) {
    // Another one's, who was quicker.
    renameSync(mine, file);
    return false;
  }
  overwrite(mine, own);
  const isTaken = linked(mine, file);
  rmSync(mine, { force: true });
  return isTaken;
}

/** Throws where the owner lives. */
async function checkGone(file: string, found: string, patienceMs: number): Promise<void> {
  if (found === FREE) return;
  const [owner = '', start, where] = found.split(' ');
  const pid = Number(owner);
  if (isHere(start, where)) {
    if (pid > 0 && isAlive(pid, start)) throw new Error(`process ${pid} uses it (${file})`);
    return;
  }
  const before = touched(file);
  for (
    const until = performance.now() + patienceMs;
    performance.now() < until;
    await delay(patienceMs / 20)
  ) {
    if (touched(file) !== before)
      throw new Error(`process ${pid} of another container or machine uses it (${file})`);
  }
}

/** Whether a process number of that owner means the same here. Earlier versions did not say where they ran. */
function isHere(start: string | undefined, where: string | undefined): boolean {
  if (where === undefined) return true;
  const [boot] = (startOf(process.pid) ?? '-').split('/');
  return where === (namespace() ?? '-') && (start ?? '').split('/')[0] === boot;
}

function isAlive(pid: number, start: string | undefined): boolean {
  const now = startOf(pid);
  // Where no process tells its start, the number has to do.
  if (startOf(process.pid) === undefined || start === undefined) return exists(pid) && !isZombie(pid);
  return now !== undefined && now === start && !isZombie(pid);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** What tells a process from a later one of its number: the machine's start and its own. Undefined where no /proc is. */
function startOf(pid: number): string | undefined {
  const started = statOf(pid)?.[19];
  const boot = read('/proc/sys/kernel/random/boot_id')?.trim();
  return started === undefined || boot === undefined ? undefined : `${boot}/${started}`;
}

/** It has ended, and its parent has not looked yet. */
function isZombie(pid: number): boolean {
  return statOf(pid)?.[0] === 'Z';
}

/** The fields of proc_pid_stat(5) behind the name, from the state on. */
function statOf(pid: number): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** What process numbers belong to. */
function namespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}

/** Undefined where there is no such file. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

function touched(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

/** In place: it takes no block that the file does not have. */
function overwrite(file: string, text: string): void {
  const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT);
  try {
    writeSync(descriptor, text, 0);
    ftruncateSync(descriptor, Buffer.byteLength(text));
  } finally {
    closeSync(descriptor);
  }
}

function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Gives false where that name is taken. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    // A file system without links.
    renameSync(from, to);
    return true;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
