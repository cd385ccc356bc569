// The ledger: what became of every event, per device and broker, and the sequence number of each route.
import type { Outcome } from './types.ts';

/** What became of the events that were read from a device. */
export interface Counts {
  received: number;
  kept: number;
  filtered: number;
  merged: number;
}

/** What became of a device's messages for one broker; `queued` is what is left: see `queued`. */
export interface BrokerCounts extends Record<Outcome, number> {
  routed: number;
  redirected: number;
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

/** Makes a ledger that goes on from stored counters. */
export function createLedger(stored: Iterable<{ key: string; value: DeviceLedger }>): Ledger {
  const devices = new Map<string, DeviceLedger>();
  let dirty = new Set<string>();
  for (const { key, value } of stored) devices.set(key, value);

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
