// An outbox on disk for tests, and the words to fill and read it.
import { createOutbox, type DeviceReport, type Outbox } from '../../../src/outbox/outbox.ts';
import { recoverStore } from '../../../src/outbox/recover.ts';
import type { Boot } from '../../../src/outbox/steady-time.ts';
import type { Store } from '../../../src/outbox/store.ts';
import type { Delivery, Entry, QueueReader } from '../../../src/outbox/types.ts';

export const LIMITS = { maxBytes: 1e9, maxAge: 1e9 };

export interface OpenOptions {
  now?: () => number;
  /** By default as `now`: no step of the clock. */
  monotonic?: () => number;
  boot?: Boot;
  wrap?: (store: Store) => Store;
  onError?: (error: unknown) => void;
  onRecovered?: () => void;
}

export async function openOutbox(directory: string, options: OpenOptions = {}): Promise<Outbox> {
  const { store } = await recoverStore(directory, Date.now());
  const { now = Date.now, wrap = same => same, onError = error => assertNone(error) } = options;
  const { monotonic = now, boot, onRecovered = () => undefined } = options;
  const clock = { now, monotonic, after };
  return createOutbox({ store: wrap(store), clock, boot, onError, onRecovered });
}

/** Timers in tests of the disk are real: commits are. */
export function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, Math.min(ms, 200));
  return () => clearTimeout(timer);
}

function assertNone(error: unknown): void {
  throw error;
}

export function entryOf(
  outbox: Outbox,
  device: string,
  fields: Partial<Entry> & { broker?: string } = {},
): Entry {
  const { broker = 'main', ...rest } = fields;
  const seq = outbox.nextSeq(device, broker, 'route');
  const plain = {
    device,
    topic: `t/${device}`,
    payload: `${device} ${seq}`,
    qos: 1,
    retain: false,
    expires: 0,
  } as const;
  return { ...plain, id: `${device}-${seq}`, seq, ...rest };
}

export function append(outbox: Outbox, device: string, fields: Partial<Entry> & { broker?: string } = {}) {
  const { broker = 'main' } = fields;
  const messages = [{ broker, entry: entryOf(outbox, device, fields) }];
  return outbox.append({ device, counts: { received: 1, kept: 1 }, messages });
}

/** Takes all that there is, in helpings of `max`. */
export async function takeAll(reader: QueueReader, max = 100): Promise<Delivery[]> {
  const taken: Delivery[] = [];
  for (;;) {
    const some = await reader.take(max);
    if (some.length === 0) return taken;
    taken.push(...some);
  }
}

export function payloads(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ entry }) => entry.payload);
}

export function row(outbox: Outbox, device: string): DeviceReport {
  const found = outbox.ledger().find(each => each.device === device);
  if (!found) throw new Error(`no ledger of ${device}`);
  return found;
}
