// The bridge's health: its connections, what lets nothing through, and the ledger of what became of every event.
import type { PublisherState } from '../mqtt/publisher.ts';
import type { Sample } from '../ops/metrics.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { ERRORS } from '../util/errors.ts';
import { devicesOf, type Parts } from './samples.ts';
import type { ToldTrouble } from './troubles.ts';

const NOTHING_YET = { received: 0, kept: 0, filtered: 0, merged: 0, brokers: {} };

/** Brokers by name, devices by ID. */
export function healthOf(parts: Parts, outbox: Outbox, troubles: readonly ToldTrouble[]): object {
  const brokers = Object.fromEntries(
    [...parts.brokers].map(([name, part]) => [name, part.state()?.state ?? 'down']),
  );
  const devices: Record<string, object> = {};
  // One that was never heard has no account.
  for (const { device, state } of devicesOf(parts)) devices[device] = { state, ...NOTHING_YET };
  for (const { device, ...counts } of outbox.ledger()) devices[device] = { ...devices[device], ...counts };
  return { brokers, troubles, devices };
}

type Reason = Omit<ToldTrouble, 'since' | 'reason'> & { reason: ToldTrouble['reason'] | 'STARTING' };

/** Whether what is heard can go through to every broker just now, and if not, why. */
export interface Readiness {
  ready: boolean;
  reasons: readonly Reason[];
}

export function readinessOf(
  { brokers }: Pick<Parts, 'brokers'>,
  troubles: readonly ToldTrouble[],
): Readiness {
  const told = new Set(troubles.map(({ broker }) => broker));
  const away = [...brokers].filter(([name, part]) => part.state()?.state !== 'up' && !told.has(name));
  const reasons = [...troubles, ...away.map(([name, part]) => awayOf(name, part.state()))];
  return { ready: reasons.length === 0, reasons };
}

function awayOf(broker: string, state: PublisherState | undefined): Reason {
  if (state?.state !== 'down')
    return { reason: 'STARTING', message: `broker ${broker}: not connected yet`, broker };
  const { code } = state.error;
  return { reason: code, message: `broker ${broker}: ${ERRORS[code].meaning}`, broker };
}

/** The same as metrics. */
export function* healthSamples(
  parts: Pick<Parts, 'brokers'>,
  troubles: readonly ToldTrouble[],
): Generator<Sample> {
  yield { gauge: 'ready', labels: {}, value: readinessOf(parts, troubles).ready ? 1 : 0 };
  for (const { reason, broker = '' } of troubles)
    yield { gauge: 'trouble', labels: { reason, broker }, value: 1 };
}
