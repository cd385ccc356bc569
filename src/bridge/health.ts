// The bridge's health as JSON: its connections, and the ledger of what became of every event.
import type { Outbox } from '../outbox/outbox.ts';
import { devicesOf, type Parts } from './samples.ts';

const NOTHING_YET = { received: 0, kept: 0, filtered: 0, merged: 0, brokers: {} };

/** Brokers by name, devices by ID. */
export function healthOf(parts: Parts, outbox: Outbox): object {
  const brokers = Object.fromEntries(
    [...parts.brokers].map(([name, part]) => [name, part.state()?.state ?? 'down']),
  );
  const devices: Record<string, object> = {};
  // One that was never heard has no account.
  for (const { device, state } of devicesOf(parts)) devices[device] = { state, ...NOTHING_YET };
  for (const { device, ...counts } of outbox.ledger()) devices[device] = { ...devices[device], ...counts };
  return { brokers, devices };
}
