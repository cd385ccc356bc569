// Notices that the configuration or a file that it names has changed.
import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type Clock, sleep, systemClock } from '../util/clock.ts';

export interface WatchOptions {
  file: string;
  /** The files that the configuration names now; asked before each look, since a reload may change them. */
  files?(): readonly string[];
  signal: AbortSignal;
  /** Has `reload` called where the file is to be read again, changed or not; returns the end of that. */
  onRequest?(reload: () => void): () => void;
  /** Called once a change has settled; the next waits for its end. */
  onChange(): Promise<void> | void;
  clock?: Clock;
}

/** Editors write several times: a change counts once nothing more has changed for this long. */
const SETTLE_MS = 300;
const MAX_SETTLES = 20;
/** The system says nothing of network folders and of files mounted into a container one by one: so look, too. */
const POLL_MS = 5000;

/**
 * Calls `onChange` when the file or one that it names was written, replaced (by a rename, or by turning a symbolic link
 * as Kubernetes does), removed, or is back, and where it is requested. Resolves when `signal` is aborted; rejects only as `onChange` does.
 */
export async function watchConfig(options: WatchOptions): Promise<void> {
  const { file, files = () => [], signal, onRequest, onChange, clock = systemClock } = options;
  const paths = () => [...new Set([file, ...files()].map(path => resolve(path)))];
  const known = new Map<string, string>();
  const bell = createBell(clock);
  const folders = createFolderWatch(bell.ring);
  let requested = false;
  const release = onRequest?.(() => {
    requested = true;
    bell.ring();
  });
  signal.addEventListener('abort', bell.ring);
  try {
    while (!signal.aborted) {
      folders.follow(paths());
      await adopt(paths(), known);
      await bell.wait(POLL_MS);
      const changed = await settle(() => look(paths(), known), clock, signal);
      if (signal.aborted || !(changed || requested)) continue;
      requested = false;
      await onChange();
    }
  } finally {
    release?.();
    signal.removeEventListener('abort', bell.ring);
    folders.close();
  }
}

/** Looks until nothing changes any more; true where something had. */
async function settle(look: () => Promise<boolean>, clock: Clock, signal: AbortSignal): Promise<boolean> {
  let changed = false;
  for (let round = 0; round < MAX_SETTLES && !signal.aborted && (await look()); round++) {
    changed = true;
    await sleep(clock, SETTLE_MS, signal);
  }
  return changed && !signal.aborted;
}

/** Notes how files are that were not watched yet. */
async function adopt(paths: readonly string[], known: Map<string, string>): Promise<void> {
  for (const path of paths) if (!known.has(path)) known.set(path, await signature(path));
}

/** Whether a file is no longer as noted; notes how it is. */
async function look(paths: readonly string[], known: Map<string, string>): Promise<boolean> {
  let changed = false;
  for (const path of paths) {
    const now = await signature(path);
    changed ||= known.has(path) && known.get(path) !== now;
    known.set(path, now);
  }
  return changed;
}

async function signature(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found ? [found.dev, found.ino, found.size, found.mtimeNs].join(' ') : 'absent';
}

/** A wait that somebody can end early. */
function createBell(clock: Clock) {
  let rung = false;
  let wake = () => {};
  return {
    ring() {
      rung = true;
      wake();
    },
    wait(ms: number): Promise<void> {
      const waiting = new AbortController();
      wake = () => waiting.abort();
      if (rung) wake();
      rung = false;
      return sleep(clock, ms, waiting.signal);
    },
  };
}

/** Watches the folders of files, since a file that is replaced takes its own watch with it. */
function createFolderWatch(ring: () => void) {
  const watchers = new Map<string, FSWatcher>();
  let names = new Set<string>();
  const heard = (_: string, name: string | null) => {
    // Kubernetes turns the link `..data`, not the file.
    if (name === null || names.has(name) || name.startsWith('..')) ring();
  };
  const drop = (folder: string) => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  return {
    follow(paths: readonly string[]) {
      names = new Set(paths.map(path => basename(path)));
      const folders = new Set(paths.map(path => dirname(path)));
      for (const folder of watchers.keys()) if (!folders.has(folder)) drop(folder);
      for (const folder of folders) {
        if (watchers.has(folder)) continue;
        const watcher = watchFolder(folder, heard);
        watcher?.on('error', () => drop(folder));
        if (watcher) watchers.set(folder, watcher);
      }
    },
    close() {
      for (const folder of watchers.keys()) drop(folder);
    },
  };
}

/** Undefined where there is no such folder, or no watch left: then only the regular look notices. */
function watchFolder(
  folder: string,
  heard: (event: string, name: string | null) => void,
): FSWatcher | undefined {
  try {
    return watch(folder, { persistent: false }, heard);
  } catch {
    return undefined;
  }
}
