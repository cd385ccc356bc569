// What shares the next commit: entries by broker, notes, and the one promise that all of it waits for.
import type { Entry } from './types.ts';

/** A row of the table of notes; a value of null removes it. */
export interface Note {
  key: string;
  value: string | null;
}

export interface Group {
  readonly entries: ReadonlyMap<string, Entry[]>;
  /** One row a key: of two notes in one commit the later stands. */
  readonly notes: ReadonlyMap<string, string | undefined>;
  readonly awaited: boolean;
  add(broker: string, entry: Entry): void;
  keep(notes: readonly Note[]): void;
  /** Resolves once the group is on disk. */
  durable(): Promise<void>;
  resolve(): void;
}

export function createGroup(): Group {
  const entries = new Map<string, Entry[]>();
  const notes = new Map<string, string | undefined>();
  let promise: Promise<void> | undefined;
  let resolve = () => {};
  return {
    entries,
    notes,
    get awaited() {
      return promise !== undefined;
    },
    add(broker, entry) {
      const list = entries.get(broker);
      if (list) list.push(entry);
      else entries.set(broker, [entry]);
    },
    keep(rows) {
      for (const { key, value } of rows) notes.set(key, value ?? undefined);
    },
    durable() {
      promise ??= new Promise(resolved => {
        resolve = resolved;
      });
      return promise;
    },
    resolve: () => resolve(),
  };
}
