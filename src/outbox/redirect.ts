// Critical messages of one broker's queue: when each has to be delivered, and how it moves to another broker's.
import type { Batch } from './batch.ts';
import { type Finished, isOverdue, type Queue } from './queue.ts';
import type { Change, Store } from './store.ts';
import type { Entry } from './types.ts';

/** What the next commit changes, and the entries that are not in their rows any more. */
export interface Moved {
  changes: Change[];
  entries: Entry[];
}

export interface Redirects {
  /** A commit brought this batch. */
  note(commit: number, batch: Batch): void;
  /** A batch is gone. */
  forget(commit: number): void;
  /** Whether it is time for `takeDue`. */
  isDue(now: number): boolean;
  /** Takes what is overdue out of rows that nobody has read, and has the queue redirect what was read. */
  takeDue(now: number): Moved;
  /** An entry of a batch that was read moves. */
  add(batch: Finished, entry: Entry): void;
  /** Takes what was added out of its rows, whether or not the rest of those is still open. */
  take(): Moved;
}

export interface RedirectsOptions {
  broker: string;
  store: Pick<Store, 'batches' | 'lastCommit'>;
  queue: Pick<Queue, 'taken' | 'overdue'>;
}

/** Rows of an earlier run that are looked through in one go, so that a large queue does not hold up the events. */
const ROWS_AT_ONCE = 256;
/** Least time (ms) between two looks at what is overdue. */
const LOOK_MS = 250;

/** For the queue of one broker; but for the rows of an earlier run it costs nothing while no message demands anything. */
export function createRedirects({ broker, store, queue }: RedirectsOptions): Redirects {
  /** By commit, when the first of its batch has to be delivered. */
  const due = new Map<number, number>();
  let earliest = Number.POSITIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const old = { at: 0, last: store.lastCommit(broker) };
  let batches = new Set<Finished>();
  let entries: Entry[] = [];

  const note = (commit: number, batch: Batch) => {
    const first = Math.min(...batch.entries.flatMap(({ demand }) => (demand?.by ? demand.by : [])));
    if (!Number.isFinite(first)) return;
    due.set(commit, first);
    earliest = Math.min(earliest, first);
  };

  const noteOld = () => {
    let left = ROWS_AT_ONCE;
    for (const { commit, batch } of store.batches(broker, old.at)) {
      old.at = commit;
      if (commit <= old.last) note(commit, batch);
      left -= 1;
      if (left === 0 || commit >= old.last) return;
    }
    old.at = old.last;
  };

  /** The row of a batch that nobody has read: what is overdue goes, the rest stays. */
  const split = (commit: number, now: number, moved: Moved) => {
    for (const { commit: found, batch } of store.batches(broker, commit - 1)) {
      if (found !== commit) return;
      const rest = { ...batch, entries: batch.entries.filter(entry => !isOverdue(entry, now)) };
      moved.entries.push(...batch.entries.filter(entry => isOverdue(entry, now)));
      moved.changes.push(row(broker, commit, rest));
      return note(commit, rest);
    }
  };

  return {
    note,
    forget: commit => void due.delete(commit),
    isDue: now => old.at < old.last || earliest <= now,
    takeDue(now) {
      if (old.at < old.last) noteOld();
      const moved: Moved = { changes: [], entries: [] };
      // All that waits is gone through, and at a high rate there are hundreds of commits a second.
      const since = now - lookedAt;
      if (earliest > now || (since >= 0 && since < LOOK_MS)) return moved;
      lookedAt = now;
      for (const commit of [...due].filter(([, by]) => by <= now).map(([commit]) => commit)) {
        due.delete(commit);
        if (commit > queue.taken()) split(commit, now, moved);
        else note(commit, queue.overdue(commit, now));
      }
      earliest = Number.POSITIVE_INFINITY;
      for (const by of due.values()) earliest = Math.min(earliest, by);
      return moved;
    },
    add(batch, entry) {
      batches.add(batch);
      entries.push(entry);
    },
    take() {
      const changes = [...batches].map(batch => row(broker, batch.commit, remaining(batch)));
      const moved = { changes, entries };
      batches = new Set();
      entries = [];
      return moved;
    },
  };
}

function row(broker: string, commit: number, batch: Batch): Change {
  return { table: 'queue', key: [broker, commit], value: batch.entries.length > 0 ? batch : undefined };
}

function remaining({ time, entries, outcomes }: Finished): Batch {
  return { time, entries: entries.filter((_, index) => outcomes[index] !== 'redirected') };
}
