// The values of the metrics' gauges, from the ledger and the parts.
import type { Sample } from '../ops/metrics.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { BrokerPart } from './broker.ts';
import type { CameraPart } from './camera.ts';

export interface Parts {
  brokers: ReadonlyMap<string, BrokerPart>;
  cameras: ReadonlyMap<string, CameraPart>;
}

/** All of them as they are now. */
export function* samples(parts: Parts, outbox: Outbox): Generator<Sample> {
  for (const { device, brokers, ...counts } of outbox.ledger()) {
    yield* each('events', { device }, 'outcome', counts);
    for (const [broker, { bytes, ...outcomes }] of Object.entries(brokers)) {
      yield { gauge: 'queued_bytes', labels: { device, broker }, value: bytes };
      yield* each('messages', { device, broker }, 'outcome', outcomes);
    }
  }
  for (const [camera, { counters }] of parts.cameras) yield* each('source', { camera }, 'counter', counters);
  for (const { device, state } of devicesOf(parts)) {
    yield { gauge: 'device_online', labels: { device }, value: state === 'offline' ? 0 : 1 };
  }
  for (const [broker, part] of parts.brokers) {
    yield { gauge: 'broker_connected', labels: { broker }, value: part.state()?.state === 'up' ? 1 : 0 };
  }
}

/** The devices that are known by now, and how they are. */
export function devicesOf({ cameras }: Parts): { device: string; state: string }[] {
  return [...cameras.values()].flatMap(camera => {
    const status = camera.status();
    return status ? [{ device: status.device, state: status.availability?.state ?? 'offline' }] : [];
  });
}

function* each(
  gauge: Sample['gauge'],
  labels: Sample['labels'],
  name: string,
  values: Readonly<Record<string, number>>,
): Generator<Sample> {
  for (const [key, value] of Object.entries(values))
    yield { gauge, labels: { ...labels, [name]: key }, value };
}
