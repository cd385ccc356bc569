// What shares a commit: appends, notes, and the one promise that all of it waits for.
import { noteKey } from './note-key.ts';
import { sizeOfEntry } from './queue.ts';
import type { Append, Note } from './types.ts';

export interface Group {
  readonly appends: readonly Append[];
  /** One row a key: of two notes in one commit the later stands. */
  readonly notes: ReadonlyMap<string, string | undefined>;
  /** About what it adds to the store. */
  readonly bytes: number;
  add(append: Append): void;
  keep(notes: readonly Note[]): void;
  /** Resolves once the group is on disk. */
  durable(): Promise<void>;
  resolve(): void;
}

/** What a note takes beside its text: many lie apart from each other. */
const NOTE_BYTES = 512;

function createGroup(): Group {
  const appends: Append[] = [];
  const notes = new Map<string, string | undefined>();
  let bytes = 0;
  let promise: Promise<void> | undefined;
  let resolve = () => {};

  const keep = (rows: readonly Note[]) => {
    for (const { key: name, value } of rows) {
      const key = noteKey(name);
      notes.set(key, value ?? undefined);
      bytes += NOTE_BYTES + key.length + Buffer.byteLength(value ?? '');
    }
  };

  return {
    appends,
    notes,
    get bytes() {
      return bytes;
    },
    add(append) {
      appends.push(append);
      for (const { entry } of append.messages) bytes += sizeOfEntry(entry);
      if (append.notes) keep(append.notes);
    },
    keep,
    durable() {
      promise ??= new Promise(resolved => {
        resolve = resolved;
      });
      return promise;
    },
    resolve: () => resolve(),
  };
}

/** What waits for the disk, in order; each group fits one commit. */
export interface Groups {
  /** The group that what comes now joins. */
  last(): Group;
  /** The first, which nothing joins any more; it waits on until `committed`. */
  next(): Group | undefined;
  /** The first is on the disk. */
  committed(): void;
  isWaiting(): boolean;
  /** What waits of a note: its value, or null where it is to be removed; undefined where nothing waits. */
  note(key: string): string | null | undefined;
  /** All notes that wait. */
  notes(): Iterable<[key: string, value: string | undefined]>;
}

/** Bytes from which the next that comes begins another group: on a full disk a commit must not want too much. */
const GROUP_BYTES = 512 * 1024;

export function createGroups(): Groups {
  let groups: Group[] = [];
  let sealed: Group | undefined;
  return {
    last() {
      const last = groups.at(-1);
      if (last !== undefined && last !== sealed && last.bytes < GROUP_BYTES) return last;
      const made = createGroup();
      groups.push(made);
      return made;
    },
    next() {
      sealed = groups[0];
      return sealed;
    },
    committed() {
      groups = groups.slice(1);
      sealed = undefined;
    },
    isWaiting: () => groups.length > 0,
    note(key) {
      const found = groups.findLast(({ notes }) => notes.has(key));
      return found && (found.notes.get(key) ?? null);
    },
    *notes() {
      for (const { notes } of groups) yield* notes;
    },
  };
}
