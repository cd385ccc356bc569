// The disk under the outbox: five tables in one LMDB file, changed by atomic commits.
//
// queue     [broker, commit] → Batch      what a commit brought one broker, in order
// journal   commit → LedgerRow[]          counters and sequence numbers of the devices that it touched
// ledger    device → LedgerRow            the same of all devices, as of the last checkpoint; the journal is newer
// notes     text → text                   what others want kept in the same commit (last known states, …)
// rejected  [broker, number] → SetAside   messages that a broker refused for good
//
// A commit is atomic and ordered: after kill -9 the file holds a prefix of all commits, whole. `noMetaSync`: the data
// of each commit are on the disk before it resolves, the page that names them with the next commit; power loss can
// undo the last commit, never tear it.
import { type Database, open, type RootDatabase } from 'lmdb';
import { type Batch, decodeBatch, encodeBatch } from './batch.ts';
import type { LedgerRow } from './ledger.ts';
import { checkSpace } from './space.ts';
import type { Entry } from './types.ts';

/** A message that left the queue without being delivered, with the broker's reason. */
export interface SetAside {
  time: number;
  reason: string;
  entry: Entry;
}

interface Tables {
  queue: { key: [broker: string, commit: number]; value: Batch };
  journal: { key: number; value: LedgerRow[] };
  ledger: { key: string; value: LedgerRow };
  notes: { key: string; value: string };
  rejected: { key: [broker: string, number: number]; value: SetAside };
}

/** One row to write, or to remove where `value` is undefined. */
export type Change = {
  [T in keyof Tables]: { table: T; key: Tables[T]['key']; value: Tables[T]['value'] | undefined };
}[keyof Tables];

export interface Store {
  /** Writes all changes or none; resolves when they are durable. */
  commit(changes: readonly Change[]): Promise<void>;
  /** Batches of a broker with a commit number above `after`, oldest first. */
  batches(broker: string, after: number): Iterable<{ commit: number; batch: Batch }>;
  /** The highest commit number in a broker's queue, 0 when it is empty. */
  lastCommit(broker: string): number;
  /** The rows of the ledger, then those of the journal, which are newer. */
  ledger(): Iterable<LedgerRow>;
  /** The commits whose rows are in the journal. */
  journaled(): number[];
  note(key: string): string | undefined;
  /** Notes whose key starts with `prefix`, in order of key. */
  notes(prefix: string): Iterable<{ key: string; value: string }>;
  rejected(broker: string): Iterable<{ key: [string, number]; value: SetAside }>;
  /** Every row of every table, to see that it can be read. */
  everything(): Iterable<unknown>;
  close(): Promise<void>;
}

const AFTER_ALL = '\uffff';

/** Opens the store in a directory, made where it is missing; throws what LMDB throws. */
export function openStore(directory: string): Store {
  const root = open({
    path: directory,
    maxDbs: 5,
    noMetaSync: true,
    overlappingSync: false,
    // Its own batch of each turn has a promise that nobody gets: a full disk would reject it and end the process.
    eventTurnBatching: false,
  });
  const tables = openTables(root);
  const fresh = () => root.resetReadTxn();

  return {
    async commit(changes) {
      checkSpace(directory);
      try {
        await root.batch(() => {
          let written: Promise<boolean> | undefined;
          for (const change of changes) written = write(tables, change);
          // All rows of a batch share one promise; its failure is the batch's, reported once, below.
          written?.catch(() => undefined);
        });
      } catch (error) {
        throw await reasonOf(error);
      }
    },
    *batches(broker, after) {
      fresh();
      const range = tables.queue.getRange({
        start: [broker, after + 1],
        end: [broker, Number.MAX_SAFE_INTEGER],
      });
      for (const { key, value } of range) yield { commit: key[1], batch: decodeBatch(value) };
    },
    lastCommit(broker) {
      const [start, end] = [
        [broker, Number.MAX_SAFE_INTEGER],
        [broker, 0],
      ];
      for (const key of tables.queue.getKeys({ start, end, reverse: true, limit: 1 })) return key[1];
      return 0;
    },
    *ledger() {
      for (const { value } of tables.ledger.getRange({})) yield value;
      for (const { value } of tables.journal.getRange({})) yield* value;
    },
    journaled: () => [...tables.journal.getKeys()],
    note: key => tables.notes.get(key),
    notes: prefix => tables.notes.getRange({ start: prefix, end: prefix + AFTER_ALL }),
    rejected: broker =>
      tables.rejected.getRange({ start: [broker, 0], end: [broker, Number.MAX_SAFE_INTEGER] }),
    *everything() {
      for (const { value } of tables.queue.getRange({})) yield decodeBatch(value);
      for (const table of [tables.journal, tables.ledger, tables.notes, tables.rejected])
        yield* table.getRange({});
    },
    close: () => root.close(),
  };
}

type OpenTables = ReturnType<typeof openTables>;

/** All is text on disk: quick to write, and to be read by anybody. */
function openTables(root: RootDatabase) {
  return {
    queue: root.openDB<string, Tables['queue']['key']>({ name: 'queue', encoding: 'string' }),
    journal: root.openDB<LedgerRow[], Tables['journal']['key']>({ name: 'journal', encoding: 'json' }),
    ledger: root.openDB<LedgerRow, Tables['ledger']['key']>({ name: 'ledger', encoding: 'json' }),
    notes: root.openDB<string, Tables['notes']['key']>({ name: 'notes', encoding: 'string' }),
    rejected: root.openDB<SetAside, Tables['rejected']['key']>({ name: 'rejected', encoding: 'json' }),
  };
}

function write(tables: OpenTables, change: Change): Promise<boolean> {
  const table = tables[change.table] as Database<unknown, Change['key']>;
  if (change.value === undefined) return table.remove(change.key);
  return table.put(change.key, change.table === 'queue' ? encodeBatch(change.value) : change.value);
}

/** LMDB says why a commit failed in a second promise, `commitError`, which must not be left unhandled. */
async function reasonOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error;
  return Promise.resolve(error.commitError).then(
    reason => reason ?? error,
    (reason: unknown) => reason,
  );
}
