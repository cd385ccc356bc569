// Group commit: one commit at a time; what arrives meanwhile shares the next. A commit that fails is tried again.
import type { Change, Store } from './store.ts';

export interface Work {
  changes: Change[];
  committed(): void;
}

export interface CommitterOptions {
  store: Pick<Store, 'commit'>;
  /** Gathers what is to be written; undefined when there is nothing. */
  prepare(): Promise<Work | undefined>;
  after(ms: number, callback: () => void): () => void;
  /** A commit failed; it is tried again. */
  onError(error: unknown): void;
  /** One that had failed is written. */
  onRecovered(): void;
}

export interface Committer {
  /** Asks for a commit, `ms` from now at the latest. */
  soon(ms: number): void;
  /** Writes all there is, as far as the disk lets it; then no more. */
  finish(): Promise<void>;
}

/** Least time (ms) between two commits: at a high rate many events share one; well under the contract's 5 ms. */
const GAP = 3;
const RETRY = 1000;

export function createCommitter(options: CommitterOptions): Committer {
  const { after } = options;
  // Not the time of day, which can be set back.
  const now = () => performance.now();
  let running: Promise<void> | undefined;
  let due = Number.POSITIVE_INFINITY;
  let started = Number.NEGATIVE_INFINITY;
  let cancel = () => {};
  let finishing = false;
  let isStuck = false;

  const soon = (ms: number) => {
    const wanted = Math.max(now() + ms, started + GAP);
    if (wanted >= due) return;
    due = wanted;
    cancel();
    if (!running) cancel = after(Math.max(0, due - now()), start);
  };

  const start = () => {
    due = Number.POSITIVE_INFINITY;
    started = now();
    running = commit().finally(() => {
      running = undefined;
      if (due < Number.POSITIVE_INFINITY) cancel = after(Math.max(0, due - now()), start);
    });
  };

  const commit = async () => {
    const work = await options.prepare();
    if (!work) return;
    let failures = 0;
    for (; !(await written(work)); failures++) {
      isStuck = finishing;
      if (isStuck) return;
      await new Promise<void>(resolve => after(RETRY, resolve));
    }
    if (failures > 0) options.onRecovered();
  };

  const written = async (work: Work): Promise<boolean> => {
    try {
      await options.store.commit(work.changes);
    } catch (error) {
      options.onError(error);
      return false;
    }
    work.committed();
    return true;
  };

  return {
    soon,
    async finish() {
      finishing = true;
      await running;
      cancel();
      // What comes after a commit that failed must not be written before it.
      while (!isStuck) {
        const work = await options.prepare();
        if (work === undefined || !(await written(work))) return;
      }
    },
  };
}
