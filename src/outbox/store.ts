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
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { type Batch, decodeBatch, encodeBatch } from './batch.ts';
import type { LedgerRow } from './ledger.ts';
import { checkNew, type Pages, Room } from './room.ts';
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
  /** Makes room for a commit that adds `bytes` to what there is; gives the Error that says why it cannot. */
  lackToAdd(bytes: number): Promise<Error | undefined>;
  /** Bytes that its rows take of the disk. */
  taken(): number;
  /** Bytes of the whole disk; infinite where that is not known. */
  readonly disk: number;
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

/** Opens the store in a directory, made in its parent where it is missing; throws what LMDB throws, ENOENT and ENOSPC. */
export async function openStore(directory: string): Promise<Store> {
  const file = join(directory, 'data.mdb');
  if (!existsSync(directory)) mkdirSync(directory);
  if (!existsSync(file)) checkNew(directory);
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
  const room = await Room.open(file, pagesOf(root, tables));

  return {
    async commit(changes) {
      const rows = changes.map(toRow);
      await room.forRemoval(rows.reduce((sum, { value = '' }) => sum + Buffer.byteLength(value), 0));
      try {
        await root.batch(() => {
          let written: Promise<boolean> | undefined;
          for (const row of rows) written = write(tables, row);
          // All rows of a batch share one promise; its failure is the batch's, reported once, below.
          written?.catch(() => undefined);
        });
      } catch (error) {
        throw await reasonOf(error);
      }
    },
    lackToAdd: bytes => room.lackToAdd(bytes),
    taken: () => room.taken(),
    disk: room.disk,
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
      for (const { value } of tables.ledger.getRange({})) yield JSON.parse(value);
      for (const { value } of tables.journal.getRange({})) yield* JSON.parse(value);
    },
    journaled: () => [...tables.journal.getKeys()],
    note: key => tables.notes.get(key),
    notes: prefix => tables.notes.getRange({ start: prefix, end: prefix + AFTER_ALL }),
    *rejected(broker) {
      const [start, end] = [
        [broker, 0],
        [broker, Number.MAX_SAFE_INTEGER],
      ];
      for (const { key, value } of tables.rejected.getRange({ start, end }))
        yield { key, value: JSON.parse(value) };
    },
    *everything() {
      for (const { value } of tables.queue.getRange({})) yield decodeBatch(value);
      for (const table of [tables.journal, tables.ledger, tables.rejected])
        for (const { value } of table.getRange({})) yield JSON.parse(value);
      yield* tables.notes.getRange({});
    },
    async close() {
      await root.close();
      await room.close();
    },
  };
}

type OpenTables = ReturnType<typeof openTables>;

/** All is text on disk: quick to write, and to be read by anybody. */
function openTables(root: RootDatabase) {
  const encoding = 'string';
  return {
    queue: root.openDB<string, Tables['queue']['key']>({ name: 'queue', encoding }),
    journal: root.openDB<string, Tables['journal']['key']>({ name: 'journal', encoding }),
    ledger: root.openDB<string, Tables['ledger']['key']>({ name: 'ledger', encoding }),
    notes: root.openDB<string, Tables['notes']['key']>({ name: 'notes', encoding }),
    rejected: root.openDB<string, Tables['rejected']['key']>({ name: 'rejected', encoding }),
  };
}

/** A change as it is written. */
interface Row {
  table: Change['table'];
  key: Change['key'];
  value: string | undefined;
}

function toRow({ table, key, value }: Change): Row {
  if (value === undefined || typeof value === 'string') return { table, key, value };
  return { table, key, value: table === 'queue' ? encodeBatch(value) : JSON.stringify(value) };
}

function write(tables: OpenTables, { table, key, value }: Row): Promise<boolean> {
  const rows = tables[table] as Database<string, Change['key']>;
  return value === undefined ? rows.remove(key) : rows.put(key, value);
}

interface Counted {
  treeBranchPageCount: number;
  treeLeafPageCount: number;
  overflowPages: number;
}

/** What lmdb's `getStats` gives of a table. */
interface Stats extends Counted {
  pageSize: number;
  lastPageNumber: number;
  root: Counted;
  free: Counted;
}

function pagesOf(root: RootDatabase, tables: OpenTables): Pages {
  const statsOf = (table: Pick<RootDatabase, 'getStats'>) => table.getStats() as Stats;
  const count = (of: Counted) => of.treeBranchPageCount + of.treeLeafPageCount + of.overflowPages;
  return {
    size: statsOf(root).pageSize,
    used: () => statsOf(root).lastPageNumber + 1,
    free() {
      root.resetReadTxn();
      const { lastPageNumber, root: names, free } = statsOf(root);
      const inUse = Object.values(tables).reduce((sum, table) => sum + count(statsOf(table)), 0);
      return lastPageNumber + 1 - META_PAGES - count(names) - count(free) - inUse;
    },
  };
}

const META_PAGES = 2;

/** LMDB says why a commit failed in a second promise, `commitError`, which must not be left unhandled. */
async function reasonOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error;
  return Promise.resolve(error.commitError).then(
    reason => reason ?? error,
    (reason: unknown) => reason,
  );
}
