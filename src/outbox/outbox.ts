// The durable outbox: what is appended is on disk, for all its brokers at once, before `append` resolves.
import type { Clock } from '../util/clock.ts';
import { type BrokerQueue, createBrokerQueue, type QueueLimits } from './broker-queue.ts';
import { createCommitter, type Work } from './committer.ts';
import { Excess } from './excess.ts';
import { createGroups, type Group } from './group.ts';
import { createJournal } from './journal.ts';
import { type BrokerCounts, createLedger, type DeviceLedger, queued } from './ledger.ts';
import { noteKey } from './note-key.ts';
import { type Boot, createSteadyTime } from './steady-time.ts';
import type { Store } from './store.ts';
import { count, createTransactions, TIME } from './transaction.ts';
import type { Append, Counts, Note, QueueReader } from './types.ts';

/** What became of a device's events and messages. */
export interface DeviceReport extends Counts {
  device: string;
  brokers: Record<string, BrokerCounts & { queued: number }>;
}

export interface Outbox {
  /** The time (ms) by which entries expire; near the time of day, and no correction of that moves it. */
  now(): number;
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
  clock: Clock;
  boot?: Boot | undefined;
  /** The disk refuses; all waits and is tried again. */
  onError(error: unknown): void;
  onRecovered(): void;
}

/** What was delivered leaves the disk with the next commit, or after this time (ms) where none comes. */
const SETTLE_DELAY = 100;
/** How often (ms) the queues are looked through for what is too old. */
const AGE_CHECK = 10_000;
/** How often (ms) it is tried whether a full disk has room again. */
const FULL_CHECK = 1000;
/** How often (ms) they are asked for critical messages that are not delivered in time. */
const DUE_CHECK = 1000;

/** Makes the outbox over an open store, which it owns from then on. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { store, clock } = options;
  const { after } = clock;
  const time = createSteadyTime({ clock, kept: store.note(TIME), boot: options.boot });
  const { now } = time;
  const ledger = createLedger(store.ledger());
  const journal = createJournal({ store, ledger });
  const queues = new Map<string, BrokerQueue>();
  const groups = createGroups();
  const excess = new Excess(store);
  const begin = createTransactions({ excess, ledger, journal, queues, time });
  let commit = journal.last;
  let age = false;
  let outdated = () => {};
  let isFull = false;

  const prepare = async (): Promise<Work | undefined> => {
    const waiting = groups.next();
    const lack = waiting && (await store.lackToAdd(waiting.bytes));
    const group = lack ? undefined : waiting;
    commit += 1;
    const wanted = lack && waiting ? waiting.bytes : 0;
    const transaction = begin({ number: commit, group, age, wanted });
    age = transaction.more;
    if (lack) waitForRoom(lack, transaction.removes);
    if (transaction.changes.length === 0 && !group) return undefined;
    const committed = () => {
      transaction.done();
      if (group) taken(group);
      if (age) committer.soon(SETTLE_DELAY);
      if (groups.isWaiting() && !lack) committer.soon(0);
    };
    return { changes: transaction.changes, committed };
  };

  /** What is removed makes some; where nothing is to be removed, others have filled the disk. */
  function waitForRoom(lack: Error, removes: boolean): void {
    if (!removes) options.onError(lack);
    isFull ||= !removes;
    committer.soon(removes ? 0 : FULL_CHECK);
  }

  function taken(group: Group): void {
    groups.committed();
    group.resolve();
    if (isFull) options.onRecovered();
    isFull = false;
  }

  const committer = createCommitter({ ...options, after, prepare });
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

  return {
    now,
    append(append) {
      const group = groups.last();
      group.add(append);
      committer.soon(0);
      return group.durable();
    },
    remember(notes) {
      const group = groups.last();
      group.keep(notes);
      committer.soon(0);
      return group.durable();
    },
    count: (device, counts) => count(ledger, device, counts),
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
    note(name) {
      const key = noteKey(name);
      const waiting = groups.note(key);
      return waiting === undefined ? store.note(key) : (waiting ?? undefined);
    },
    notes(prefix) {
      const stored = store.notes(prefix);
      const waiting = [...groups.notes()].filter(([key]) => key.startsWith(prefix));
      return waiting.length === 0 ? stored : overlaid(stored, waiting);
    },
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
    const queue = createBrokerQueue({
      broker,
      store,
      ledger,
      limits,
      clock,
      now,
      onChange,
      isOpen,
      onOutdated,
    });
    commit = Math.max(commit, store.lastCommit(broker));
    queues.set(broker, queue);
    excess.opened(queue);
    return queue;
  }
}

function overlaid(
  stored: Iterable<{ key: string; value: string }>,
  waiting: readonly [key: string, value: string | undefined][],
): { key: string; value: string }[] {
  const notes = new Map<string, string | undefined>([...stored].map(({ key, value }) => [key, value]));
  for (const [key, value] of waiting) notes.set(key, value);
  const sorted = [...notes].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
}

function report([device, ledger]: [string, DeviceLedger]): DeviceReport {
  const { received, kept, filtered, merged } = ledger;
  const counts = Object.entries(ledger.brokers).map(([name, sums]) => [
    name,
    { ...sums, queued: queued(sums) },
  ]);
  return { device, received, kept, filtered, merged, brokers: Object.fromEntries(counts) };
}
