// The ledger on disk: each commit appends one row of what it changed; once in a while all of it is settled.
//
// A row a commit is cheap however many devices it touches; a row a device would be the dearest part of a commit.
import { type Ledger, toRow } from './ledger.ts';
import type { Change, Store } from './store.ts';

/** Time (ms) between checkpoints. */
const CHECKPOINT = 1000;

export interface JournalOptions {
  store: Pick<Store, 'journaled'>;
  ledger: Ledger;
}

export interface Journal {
  /** The last commit that the journal knows. */
  readonly last: number;
  /** What this commit has to write of the ledger. */
  changes(commit: number): Change[];
  /** The next commit is a checkpoint. */
  settle(): void;
}

/** Goes on with the journal that the store holds. */
export function createJournal({ store, ledger }: JournalOptions): Journal {
  const now = () => performance.now();
  let commits = store.journaled();
  let touched = new Set<string>();
  let settled = now();
  // What an earlier run left is settled with the first commit.
  if (commits.length > 0) for (const [device] of ledger.devices()) touched.add(device);

  const checkpoint = (): Change[] => {
    const rows = [...touched].map(
      (device): Change => ({ table: 'ledger', key: device, value: toRow([device, ledger.of(device)]) }),
    );
    const old = commits.map((commit): Change => ({ table: 'journal', key: commit, value: undefined }));
    commits = [];
    touched = new Set();
    settled = now();
    return [...rows, ...old];
  };

  return {
    last: Math.max(0, ...commits),
    changes(commit) {
      const dirty = ledger.takeDirty();
      for (const [device] of dirty) touched.add(device);
      if (now() - settled >= CHECKPOINT) return checkpoint();
      if (dirty.length === 0) return [];
      commits.push(commit);
      return [{ table: 'journal', key: commit, value: dirty.map(toRow) }];
    },
    settle() {
      settled = Number.NEGATIVE_INFINITY;
    },
  };
}
