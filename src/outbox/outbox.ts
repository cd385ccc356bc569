// The durable outbox: what is appended is on disk, for all its brokers at once, before `append` resolves.
import { type BrokerQueue, createBrokerQueue, type QueueLimits } from './broker-queue.ts';
import { createCommitter, type Work } from './committer.ts';
import { createJournal } from './journal.ts';
import { type BrokerCounts, type Counts, createLedger, type DeviceLedger, queued } from './ledger.ts';
import type { Batch, Change, Store } from './store.ts';
import type { Entry, QueueReader } from './types.ts';

/** An event's messages and all that has to become durable with them. */
export interface Append {
  device: string;
  /** Added to the device's counters. */
  counts: Partial<Counts>;
  messages: readonly Message[];
  notes?: readonly Note[];
}

export interface Message {
  broker: string;
  entry: Entry;
}

/** A row of the table of notes; a value of null removes it. */
export interface Note {
  key: string;
  value: string | null;
}

/** What became of a device's events and messages. */
export interface DeviceReport extends Counts {
  device: string;
  brokers: Record<string, BrokerCounts & { queued: number }>;
}

export interface Outbox {
  /** Resolves when all of it is durable. Never rejects: while the disk refuses, it waits (back-pressure). */
  append(append: Append): Promise<void>;
  /** Keeps notes without a message; resolves when they are durable. */
  remember(notes: readonly Note[]): Promise<void>;
  /** Counts what brings no message, such as a filtered event. */
  count(device: string, counts: Partial<Counts>): void;
  /** The next sequence number of a device's route to a broker, for the `append` that follows at once. */
  nextSeq(device: string, broker: string, route: string): number;
  /** Opens a broker's queue, or changes the limits of an open one. A queue nobody opened keeps what it has. */
  queue(broker: string, limits: QueueLimits): QueueReader;
  /** The ledger as it stands; it adds up at any time. */
  ledger(): DeviceReport[];
  note(key: string): string | undefined;
  notes(prefix: string): Iterable<{ key: string; value: string }>;
  /** Writes what is pending, then closes the store. */
  close(): Promise<void>;
}

export interface OutboxOptions {
  store: Store;
  now(): number;
  /** Calls back after `ms`; gives the cancel. */
  after(ms: number, callback: () => void): () => void;
  onError(error: unknown): void;
}

/** What was delivered leaves the disk with the next commit, or after this time (ms) where none comes. */
const SETTLE_DELAY = 100;
/** How often (ms) the queues are looked through for what is too old. */
const AGE_CHECK = 10_000;

interface Pending {
  messages: readonly Message[];
  notes: readonly Note[];
  resolve(): void;
}

/** Makes the outbox over an open store, which it owns from then on. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { store, now, after } = options;
  const ledger = createLedger(store.ledger());
  const journal = createJournal({ store, ledger, now });
  const queues = new Map<string, BrokerQueue>();
  let pending: Pending[] = [];
  let commit = journal.last;
  let age = false;

  const prepare = (): Work | undefined => {
    const taken = pending;
    pending = [];
    const cleared = [...queues.values()].map(queue => queue.clear({ age }));
    age = false;
    const batches = batchesOf(taken, now());
    commit += 1;
    const number = commit;
    const changes = [
      ...cleared.flatMap(part => part.changes),
      ...[...batches].map(([broker, value]): Change => ({ table: 'queue', key: [broker, number], value })),
      ...notesOf(taken),
      ...journal.changes(number),
    ];
    if (changes.length === 0 && taken.length === 0) return undefined;
    const committed = () => {
      for (const part of cleared) part.done();
      for (const [broker, batch] of batches) queues.get(broker)?.committed(number, batch);
      for (const { resolve } of taken) resolve();
    };
    return { changes, committed };
  };

  const committer = createCommitter({ ...options, prepare });
  let cancelAge = after(AGE_CHECK, checkAge);
  function checkAge(): void {
    age = true;
    committer.soon(0);
    cancelAge = after(AGE_CHECK, checkAge);
  }

  const count = (device: string, counts: Partial<Counts>) => {
    const sums = ledger.of(device);
    for (const name of COUNTS) sums[name] += counts[name] ?? 0;
    ledger.touch(device);
  };

  const write = (messages: readonly Message[], notes: readonly Note[]): Promise<void> =>
    new Promise(resolve => {
      pending.push({ messages, notes, resolve });
      committer.soon(0);
    });

  return {
    append({ device, counts, messages, notes = [] }) {
      count(device, counts);
      for (const { broker, entry } of messages) queues.get(broker)?.add(entry);
      return write(messages, notes);
    },
    remember: notes => write([], notes),
    count,
    nextSeq: ledger.nextSeq,
    queue(broker, limits) {
      const queue = queues.get(broker) ?? openQueue(broker, limits);
      queue.limits = limits;
      return queue.reader;
    },
    ledger: () => [...ledger.devices()].map(report),
    note: store.note,
    notes: store.notes,
    async close() {
      cancelAge();
      journal.settle();
      await committer.finish();
      await store.close();
    },
  };

  function openQueue(broker: string, limits: QueueLimits): BrokerQueue {
    const onChange = () => committer.soon(SETTLE_DELAY);
    const queue = createBrokerQueue({ broker, store, ledger, limits, now, onChange });
    commit = Math.max(commit, store.lastCommit(broker));
    queues.set(broker, queue);
    return queue;
  }
}

const COUNTS = ['received', 'kept', 'filtered', 'merged'] as const;

function batchesOf(taken: readonly Pending[], time: number): Map<string, Batch> {
  const batches = new Map<string, Batch>();
  for (const { messages } of taken) {
    for (const { broker, entry } of messages) {
      const batch = batches.get(broker);
      if (batch) batch.entries.push(entry);
      else batches.set(broker, { time, entries: [entry] });
    }
  }
  return batches;
}

/** One row a key: of two notes in one commit the later stands. */
function notesOf(taken: readonly Pending[]): Change[] {
  const notes = new Map<string, string | undefined>();
  for (const pending of taken) {
    for (const { key, value } of pending.notes) notes.set(key, value ?? undefined);
  }
  return [...notes].map(([key, value]): Change => ({ table: 'notes', key, value }));
}

function report([device, ledger]: [string, DeviceLedger]): DeviceReport {
  const { received, kept, filtered, merged } = ledger;
  const counts = Object.entries(ledger.brokers).map(([name, sums]) => [
    name,
    { ...sums, queued: queued(sums) },
  ]);
  return { device, received, kept, filtered, merged, brokers: Object.fromEntries(counts) };
}
