// What one commit writes: a group that has come, what the queues remove, and the ledger of both.
import { addUnopened, type BrokerQueue } from './broker-queue.ts';
import type { Excess } from './excess.ts';
import type { Group } from './group.ts';
import type { Journal } from './journal.ts';
import type { Ledger } from './ledger.ts';
import type { SteadyTime } from './steady-time.ts';
import type { Change } from './store.ts';
import type { Counts, Entry } from './types.ts';

export interface TransactionsOptions {
  excess: Excess;
  ledger: Ledger;
  journal: Journal;
  queues: ReadonlyMap<string, BrokerQueue>;
  time: SteadyTime;
}

export interface Begin {
  /** Of the commit. */
  number: number;
  /** What it brings. */
  group: Group | undefined;
  /** Looks for what is too old. */
  age: boolean;
  /** Bytes for which a full disk has no room. */
  wanted: number;
}

export interface Transaction {
  changes: Change[];
  /** Rows of the queues are removed. */
  removes: boolean;
  /** More is too old than was looked at. */
  more: boolean;
  /** To be called once it is committed. */
  done(): void;
}

/** Gives what puts a commit together: it counts what comes and what leaves, both of which have to be in the store then. */
export function createTransactions(options: TransactionsOptions): (begin: Begin) => Transaction {
  const { excess, journal, queues, time } = options;
  return ({ number, group, age, wanted }) => {
    const entries = new Map<string, Entry[]>();
    if (group) account(group, entries, options);
    const { of, bytes } = excess.of(queues.values(), wanted);
    const cleared = [...queues.values()].map(queue => queue.clear({ age, excess: queue === of ? bytes : 0 }));
    for (const { moved } of cleared) for (const entry of moved) redirect(entry, entries, options);
    const batches = [...entries].map(([broker, those]) => ({
      broker,
      batch: { time: time.now(), entries: those },
    }));
    const removals = cleared.flatMap(({ changes }) => changes);
    const rows = batches.map(
      ({ broker, batch }): Change => ({ table: 'queue', key: [broker, number], value: batch }),
    );
    return {
      changes: withTime(
        [...removals, ...rows, ...(group ? notesOf(group) : []), ...journal.changes(number)],
        time,
      ),
      removes: removals.length > 0,
      more: cleared.some(({ more }) => more),
      done() {
        for (const part of cleared) part.done();
        for (const { broker, batch } of batches) queues.get(broker)?.committed(number, batch);
      },
    };
  };
}

type Accounts = Pick<TransactionsOptions, 'ledger' | 'queues'>;

/** Counts what a group brings, and adds its entries by broker. */
function account({ appends }: Group, to: Map<string, Entry[]>, accounts: Accounts): void {
  for (const { device, counts, messages } of appends) {
    count(accounts.ledger, device, counts);
    for (const { broker, entry } of messages) add(broker, entry, to, accounts);
  }
}

/** Adds to the counters of a device. */
export function count(ledger: Ledger, device: string, counts: Partial<Counts>): void {
  const { received = 0, kept = 0, filtered = 0, merged = 0 } = counts;
  const sums = ledger.of(device);
  sums.received += received;
  sums.kept += kept;
  sums.filtered += filtered;
  sums.merged += merged;
  ledger.touch(device);
}

/** As another broker gets it: not retained, since what changes after it goes to the first one again. */
function redirect({ demand, ...entry }: Entry, to: Map<string, Entry[]>, accounts: Accounts): void {
  add(demand?.instead ?? '', { ...entry, retain: false }, to, accounts);
}

function add(broker: string, entry: Entry, to: Map<string, Entry[]>, { ledger, queues }: Accounts): void {
  const queue = queues.get(broker);
  if (queue === undefined) addUnopened(ledger, broker, entry);
  else queue.add(entry);
  const list = to.get(broker);
  if (list) list.push(entry);
  else to.set(broker, [entry]);
}

/** The note that the queue's time is kept in. */
export const TIME = 'queue-time';

function withTime(changes: Change[], time: SteadyTime): Change[] {
  const value = changes.length > 0 ? time.due() : undefined;
  return value === undefined ? changes : [...changes, { table: 'notes', key: TIME, value }];
}

function notesOf({ notes }: Group): Change[] {
  return [...notes].map(([key, value]): Change => ({ table: 'notes', key, value }));
}
