// The ledger: what became of every event, per device and broker, and the sequence number of each route.
import type { Counts, Outcome } from './types.ts';

/** What became of a device's messages for one broker; `queued` is what is left: see `queued`. */
export interface BrokerCounts extends Record<Outcome, number> {
  routed: number;
  /** Size of what is queued, in bytes. */
  bytes: number;
}

export interface DeviceLedger extends Counts {
  brokers: Record<string, BrokerCounts>;
  /** The last sequence number given, by `broker/route`. */
  seq: Record<string, number>;
}

export interface Ledger {
  of(device: string): DeviceLedger;
  broker(device: string, broker: string): BrokerCounts;
  nextSeq(device: string, broker: string, route: string): number;
  /** Marks a device's counters as changed since the last `takeDirty`. */
  touch(device: string): void;
  takeDirty(): [device: string, ledger: DeviceLedger][];
  devices(): Iterable<[device: string, ledger: DeviceLedger]>;
}

/** Makes a ledger that goes on from stored rows; of two rows of a device the later counts. */
export function createLedger(stored: Iterable<LedgerRow>): Ledger {
  const devices = new Map<string, DeviceLedger>();
  let dirty = new Set<string>();
  for (const row of stored) devices.set(row[0], fromRow(row));

  const of = (device: string): DeviceLedger => {
    const known = devices.get(device);
    if (known) return known;
    const made: DeviceLedger = { received: 0, kept: 0, filtered: 0, merged: 0, brokers: {}, seq: {} };
    devices.set(device, made);
    return made;
  };

  return {
    of,
    broker(device, broker) {
      const { brokers } = of(device);
      const counts = (Object.hasOwn(brokers, broker) ? brokers[broker] : undefined) ?? { ...NOTHING };
      brokers[broker] = counts;
      return counts;
    },
    nextSeq(device, broker, route) {
      const { seq } = of(device);
      const name = `${broker}/${route}`;
      const next = (seq[name] ?? 0) + 1;
      seq[name] = next;
      return next;
    },
    touch: device => dirty.add(device),
    takeDirty() {
      const taken = dirty;
      dirty = new Set();
      return [...taken].map(device => [device, of(device)]);
    },
    devices: () => devices,
  };
}

/** A device's ledger as it is stored: the device, then numbers in the order of COUNTS and OUTCOMES. */
export type LedgerRow = [
  device: string,
  counts: number[],
  brokers: [name: string, ...sums: number[]][],
  seq: [name: string, last: number][],
];

const COUNTS = ['received', 'kept', 'filtered', 'merged'] as const;
const SUMS = ['routed', 'published', 'expired', 'dropped', 'rejected', 'redirected', 'bytes'] as const;

/** A copy that later counting does not change. */
export function toRow([device, ledger]: [string, DeviceLedger]): LedgerRow {
  return [
    device,
    COUNTS.map(name => ledger[name]),
    Object.entries(ledger.brokers).map(([name, sums]) => [name, ...SUMS.map(sum => sums[sum])]),
    Object.entries(ledger.seq),
  ];
}

function fromRow([, counts, brokers, seq]: LedgerRow): DeviceLedger {
  const named = <N extends string>(names: readonly N[], values: readonly number[]) =>
    Object.fromEntries(names.map((name, index) => [name, values[index] ?? 0])) as Record<N, number>;
  return {
    ...named(COUNTS, counts),
    brokers: Object.fromEntries(brokers.map(([name, ...sums]) => [name, named(SUMS, sums)])),
    seq: Object.fromEntries(seq),
  };
}

/** Messages that are neither delivered nor given up: the ledger's equation, solved for the queue. */
export function queued(counts: BrokerCounts): number {
  const { routed, published, expired, dropped, rejected, redirected } = counts;
  return routed - published - expired - dropped - rejected - redirected;
}

const NOTHING: BrokerCounts = {
  routed: 0,
  published: 0,
  expired: 0,
  dropped: 0,
  rejected: 0,
  redirected: 0,
  bytes: 0,
};
