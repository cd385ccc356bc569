// Opens the store in a data directory: one bridge at a time; a store that cannot be read is set aside, not deleted.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore, type Store } from './store.ts';

export interface Recovered {
  store: Store;
  /** Where a store that could not be read was moved to. */
  setAside?: string;
}

/**
 * Opens, or makes, the store below `dataDir`. After a crash the whole of it is read once, by a process that may die
 * of it. Throws an Error that says why where the directory is in use or cannot be used at all.
 */
export async function recoverStore(dataDir: string, now: number): Promise<Recovered> {
  mkdirSync(dataDir, { recursive: true });
  const lock = join(dataDir, 'lock');
  const crashed = takeLock(lock);
  const directory = join(dataDir, 'queue');
  let setAside: string | undefined;
  if (!(await readable(directory, crashed))) {
    setAside = `${directory}.unreadable-${new Date(now).toISOString().replaceAll(':', '')}`;
    if (existsSync(directory)) renameSync(directory, setAside);
    if (!(await readable(directory, false))) throw new Error(`no store can be opened in ${dataDir}`);
  }
  const store = await openStore(directory);
  const close = async () => {
    await store.close();
    rmSync(lock, { force: true });
  };
  return { store: { ...store, close }, ...(setAside === undefined ? {} : { setAside }) };
}

/** Takes the lock file; gives whether its last owner left it behind. Throws where that owner is alive. */
function takeLock(file: string): boolean {
  const [owner = '', start] = existsSync(file) ? readFileSync(file, 'utf8').split(' ') : [];
  const pid = Number(owner);
  if (pid > 0 && pid !== process.pid && alive(pid) && isSame(start, startOf(pid)))
    throw new Error(`process ${pid} uses it (${file})`);
  writeFileSync(file, [process.pid, startOf(process.pid)].join(' ').trim());
  return pid > 0;
}

/** After a restart of the machine, the number may be another process's. */
function isSame(start: string | undefined, now: string | undefined): boolean {
  return start === undefined || now === undefined || start === now;
}

/** What tells a process from a later one of its number: the machine's start and its own. Undefined where no /proc is. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${started}`;
  } catch {
    return undefined;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The exit code of the probe where the system does not let it read the store. */
export const NOT_ALLOWED = 3;
/** Signals by which a process dies of what is in the file; by others somebody ends it, or the system wants memory. */
const DAMAGED: readonly unknown[] = ['SIGBUS', 'SIGSEGV', 'SIGABRT', 'SIGILL', 'SIGFPE'];

/** Throws where that cannot be found out: then nothing is wrong with the store. */
async function readable(directory: string, whole: boolean): Promise<boolean> {
  const probe = join(import.meta.dirname, `probe${extname(fileURLToPath(import.meta.url))}`);
  const child = fork(probe, [directory, whole ? 'all' : 'open'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let said = 'the system does not let it be read';
  child.on('message', message => {
    said = String(message);
  });
  const [code, signal] = await once(child, 'exit');
  if (code === NOT_ALLOWED) throw new Error(`${directory}: ${said}`);
  if (code === null && !DAMAGED.includes(signal))
    throw new Error(`${directory}: its reading was ended by ${signal}`);
  return code === 0;
}
