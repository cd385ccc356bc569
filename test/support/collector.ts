// What a subscriber has counted of the bridge's messages: by device, in order of arrival, and what is wrong with them.
import assert from 'node:assert/strict';
import type { Device } from '../../src/simulator/device.ts';
import type { Received } from './subscriber.ts';

/** An event's payload as far as tests look at it. */
export interface EventMessage {
  id: string;
  seq: number;
  device: string;
  serial: string;
  topic: string;
  kind: string;
  operation?: string;
  source: Record<string, unknown>;
  key: Record<string, unknown>;
  data: Record<string, unknown>;
  active?: unknown;
  untyped?: boolean;
  resync?: boolean;
  merged?: number;
  dropped?: string[];
  time: string | null;
  received: string;
  labels: Record<string, string>;
}

export interface GapMessage {
  from: string;
  to: string;
  cause: string;
  events: string;
}

/** The events of a device, in order of arrival, duplicates included; cleared topics left out. */
export function eventsOf(received: readonly Received[], device: string): EventMessage[] {
  const start = `axis2mqtt/${device}/event/`;
  return received
    .filter(({ topic, payload }) => payload !== '' && topic.startsWith(start))
    .map(({ payload }) => JSON.parse(payload));
}

/** The gaps of a device, each once. */
export function gapsOf(received: readonly Received[], device: string): GapMessage[] {
  const payloads = received
    .filter(({ topic }) => topic === `axis2mqtt/${device}/gap`)
    .map(({ payload }) => payload);
  return [...new Set(payloads)].map(payload => JSON.parse(payload));
}

/**
 * The first delivery of each event. Fails where `seq` has a hole, comes first out of order, or is given to two events
 * (DESIGN 3.2).
 */
export function firstsOf(events: readonly EventMessage[]): EventMessage[] {
  const ids = new Map<number, string>();
  const firsts = events.filter(({ seq, id }) => {
    assert.equal(ids.get(seq) ?? id, id, `seq ${seq} was given to two events`);
    const isFirst = !ids.has(seq);
    ids.set(seq, id);
    return isFirst;
  });
  for (const [index, { seq, device }] of firsts.entries())
    assert.equal(seq, index + 1, `${device}: a hole, or out of order`);
  return firsts;
}

/** What a device has sent as load: when (ms since the epoch), by topic and count. */
export type Sent = ReadonlyMap<string, number>;

/** Notes all that the device sends as load from now on; to be called before the load starts. */
export function noteLoad(device: Device): Sent {
  const sent = new Map<string, number>();
  const { prepare } = device;
  device.prepare = (topic, shape) => {
    const send = prepare(topic, shape);
    return values => {
      sent.set(`${topic} ${values[1]}`, Number(values[2]) / 1000);
      return send(values);
    };
  };
  return sent;
}

/** The load's events alone; a state said once more at the start of a connection (`initialized`) is no new one. */
export function loadOf(events: readonly EventMessage[]): EventMessage[] {
  return events.filter(({ topic, operation }) => topic.includes(':Load/') && operation !== 'initialized');
}

/** Fails where the load did not come in the order in which the device sent it. */
export function assertDeviceOrder(events: readonly EventMessage[]): void {
  let last = 0;
  for (const { data, seq, device } of loadOf(events)) {
    const sent = Number(data['sent']);
    assert.ok(sent >= last, `${device}: seq ${seq} was sent ${last - sent} µs before the one in front of it`);
    last = sent;
  }
}

/** What was sent and did not come, when it was sent, in order. */
export function missingOf(sent: Sent, events: readonly EventMessage[]): { name: string; at: number }[] {
  const came = new Set(loadOf(events).map(({ topic, data }) => `${topic} ${data['count']}`));
  return [...sent].filter(([name]) => !came.has(name)).map(([name, at]) => ({ name, at }));
}

/** Fails where something that is missing was sent outside of all the gaps that were announced. */
export function assertAnnounced(
  missing: readonly { name: string; at: number }[],
  gaps: readonly GapMessage[],
) {
  const spans = gaps.map(({ from, to }) => [Date.parse(from), Date.parse(to) + 1] as const);
  const unsaid = missing.filter(({ at }) => !spans.some(([from, to]) => from <= at && at <= to));
  const said = gaps.map(({ from, to, cause }) => `${from} ${to} ${cause}`).join('\n');
  const lost = unsaid.map(({ name, at }) => `${new Date(at).toISOString()} ${name}`);
  assert.deepEqual(lost, [], `lost outside of the gaps\n${said}\n`);
}

export interface BrokerLedger {
  routed: number;
  published: number;
  queued: number;
  expired: number;
  dropped: number;
  rejected: number;
  redirected: number;
}

export interface DeviceLedger {
  state: string;
  received: number;
  kept: number;
  filtered: number;
  merged: number;
  brokers: Record<string, BrokerLedger>;
}

/** The health message, or the page. */
export interface Health {
  time: string;
  brokers: Record<string, string>;
  devices: Record<string, DeviceLedger>;
}

/** Fails where an account does not add up (DESIGN 1). */
export function assertLedger({ devices }: Health): void {
  for (const [device, { received, kept, filtered, merged, brokers }] of Object.entries(devices)) {
    assert.equal(received, kept + filtered + merged, `${device}: received`);
    for (const [broker, counts] of Object.entries(brokers)) {
      const { routed, published, queued, expired, dropped, rejected, redirected } = counts;
      const sum = published + queued + expired + dropped + rejected + redirected;
      assert.equal(routed, sum, `${device} at ${broker}: routed`);
      for (const [name, count] of Object.entries(counts)) assert.ok(count >= 0, `${device}: ${name}`);
    }
  }
}

export async function readHealth(port: number): Promise<Health> {
  const response = await fetch(`http://127.0.0.1:${port}/health`);
  return (await response.json()) as Health;
}

/** Messages of all devices that wait for their brokers. */
export function queuedIn({ devices }: Health): number {
  const ledgers = Object.values(devices).flatMap(({ brokers }) => Object.values(brokers));
  return ledgers.reduce((sum, { queued }) => sum + queued, 0);
}

/** The health message once nothing waits for a broker, if that is now; fails where it does not add up. */
export async function emptied(httpPort: number): Promise<Health | false> {
  const health = await readHealth(httpPort);
  assertLedger(health);
  return queuedIn(health) === 0 && health;
}
