// Opens the store in a data directory: one bridge at a time; a store that cannot be read is set aside, not deleted.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Lock, takeLock } from './lock.ts';
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
export async function recoverStore(given: string, now: number): Promise<Recovered> {
  // Node makes a relative one without end where the working directory is gone.
  const dataDir = resolve(given);
  mkdirSync(dataDir, { recursive: true });
  const lock = await takeLock(join(dataDir, 'lock'));
  try {
    return await openLocked(dataDir, { lock, now });
  } catch (error) {
    lock.giveBack();
    throw error;
  }
}

async function openLocked(dataDir: string, { lock, now }: { lock: Lock; now: number }): Promise<Recovered> {
  const directory = join(dataDir, 'queue');
  let setAside: string | undefined;
  if (!(await readable(directory, lock.wasLeft))) {
    setAside = `${directory}.unreadable-${new Date(now).toISOString().replaceAll(':', '')}`;
    if (existsSync(directory)) renameSync(directory, setAside);
    if (!(await readable(directory, false))) throw new Error(`no store can be opened in ${dataDir}`);
  }
  const store = await openStore(directory);
  const owned: Store = {
    ...store,
    async commit(changes) {
      if (!lock.isHeld()) throw new Error(`the lock of ${dataDir} is gone, or another process has taken it`);
      await store.commit(changes);
    },
    async close() {
      await store.close();
      lock.release();
    },
  };
  return { store: owned, ...(setAside === undefined ? {} : { setAside }) };
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
