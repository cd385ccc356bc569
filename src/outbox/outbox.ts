// The durable outbox: what is appended is on disk, for all its brokers at once, before `append` resolves.
import { addUnopened, type BrokerQueue, createBrokerQueue, type QueueLimits } from './broker-queue.ts';
import { createCommitter, type Work } from './committer.ts';
import { createGroup, type Group, type Note } from './group.ts';
import { createJournal } from './journal.ts';
import { type BrokerCounts, type Counts, createLedger, type DeviceLedger, queued } from './ledger.ts';
import type { Change, Store } from './store.ts';
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
  /** Calls back when a broker may retain an older state than the last: that one was given up for its age or for room. */
  onOutdated(callback: () => void): void;
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
  /** The disk refuses; all waits and is tried again. */
  onError(error: unknown): void;
  onRecovered(): void;
}

/** What was delivered leaves the disk with the next commit, or after this time (ms) where none comes. */
const SETTLE_DELAY = 100;
/** How often (ms) the queues are looked through for what is too old. */
const AGE_CHECK = 10_000;
/** How often (ms) they are asked for critical messages that are not delivered in time. */
const DUE_CHECK = 1000;

/** Makes the outbox over an open store, which it owns from then on. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { store, now, after } = options;
  const ledger = createLedger(store.ledger());
  const journal = createJournal({ store, ledger });
  const queues = new Map<string, BrokerQueue>();
  let group = createGroup();
  let commit = journal.last;
  let age = false;
  let outdated = () => {};

  const prepare = (): Work | undefined => {
    const taken = group;
    group = createGroup();
    const cleared = [...queues.values()].map(queue => queue.clear({ age }));
    age = cleared.some(({ more }) => more);
    for (const entry of cleared.flatMap(({ moved }) => moved)) add(taken, redirected(entry));
    commit += 1;
    const number = commit;
    const batches = [...taken.entries].map(([broker, entries]) => ({
      broker,
      batch: { time: now(), entries },
    }));
    const changes = [
      ...cleared.flatMap(part => part.changes),
      ...batches.map(
        ({ broker, batch }): Change => ({ table: 'queue', key: [broker, number], value: batch }),
      ),
      ...[...taken.notes].map(([key, value]): Change => ({ table: 'notes', key, value })),
      ...journal.changes(number),
    ];
    if (changes.length === 0 && !taken.awaited) return undefined;
    const committed = () => {
      for (const part of cleared) part.done();
      if (age) committer.soon(SETTLE_DELAY);
      for (const { broker, batch } of batches) queues.get(broker)?.committed(number, batch);
      taken.resolve();
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

  let cancelDue = after(DUE_CHECK, checkDue);
  function checkDue(): void {
    if ([...queues.values()].some(queue => queue.isDue())) committer.soon(0);
    cancelDue = after(DUE_CHECK, checkDue);
  }

  function add(to: Group, { broker, entry }: Message): void {
    const queue = queues.get(broker);
    if (queue === undefined) addUnopened(ledger, broker, entry);
    else queue.add(entry);
    to.add(broker, entry);
  }

  const count = (device: string, { received = 0, kept = 0, filtered = 0, merged = 0 }: Partial<Counts>) => {
    const sums = ledger.of(device);
    sums.received += received;
    sums.kept += kept;
    sums.filtered += filtered;
    sums.merged += merged;
    ledger.touch(device);
  };

  return {
    append({ device, counts, messages, notes }) {
      count(device, counts);
      for (const message of messages) add(group, message);
      if (notes) group.keep(notes);
      committer.soon(0);
      return group.durable();
    },
    remember(notes) {
      group.keep(notes);
      committer.soon(0);
      return group.durable();
    },
    count,
    nextSeq: ledger.nextSeq,
    queue(broker, limits) {
      const queue = queues.get(broker) ?? openQueue(broker, limits);
      queue.limits = limits;
      return queue.reader;
    },
    onOutdated(callback) {
      outdated = callback;
    },
    ledger: () => [...ledger.devices()].map(report),
    note: store.note,
    notes: store.notes,
    async close() {
      cancelAge();
      cancelDue();
      journal.settle();
      await committer.finish();
      await store.close();
    },
  };

  function openQueue(broker: string, limits: QueueLimits): BrokerQueue {
    const onChange = () => committer.soon(SETTLE_DELAY);
    const isOpen = (name: string) => queues.has(name);
    const onOutdated = () => outdated();
    const queue = createBrokerQueue({ broker, store, ledger, limits, now, onChange, isOpen, onOutdated });
    commit = Math.max(commit, store.lastCommit(broker));
    queues.set(broker, queue);
    return queue;
  }
}

/** As another broker gets it: not retained, since what changes after it goes to the first one again. */
function redirected({ demand, ...entry }: Entry): Message {
  return { broker: demand?.instead ?? '', entry: { ...entry, retain: false } };
}

function report([device, ledger]: [string, DeviceLedger]): DeviceReport {
  const { received, kept, filtered, merged } = ledger;
  const counts = Object.entries(ledger.brokers).map(([name, sums]) => [
    name,
    { ...sums, queued: queued(sums) },
  ]);
  return { device, received, kept, filtered, merged, brokers: Object.fromEntries(counts) };
}
