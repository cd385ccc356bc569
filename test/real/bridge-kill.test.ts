// Kill -9 at random moments under load: what the bridge has read arrives, what it could not read lies in a gap.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createFleet } from '../../src/simulator/simulator.ts';
import { makeProgram, type Program, type Run } from '../support/bridge-process.ts';
import {
  assertAnnounced,
  assertDeviceOrder,
  assertLedger,
  type DeviceLedger,
  eventsOf,
  firstsOf,
  gapsOf,
  type Health,
  loadOf,
  missingOf,
  noteLoad,
  queuedIn,
  readHealth,
  type Sent,
} from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { seeded } from '../support/random.ts';
import { type Received, type Subscriber, subscribe } from '../support/subscriber.ts';

const KILLS = 12;
const DEVICES = 3;
/** Events a second, half of them states and half pulses. */
const RATE = 300;
const HEALTH = 'axis2mqtt/bridge/main/health';

test('killed again and again, the bridge loses nothing that it has read, and announces the rest', {
  ...need('mosquitto'),
  timeout: 240_000,
}, async t => {
  const random = seeded(t);
  const broker = await startMosquitto(t, { persistent: true, config: ['max_queued_messages 0'] });
  const { fleet, members, sent } = await startFleet();
  t.after(() => fleet.stop());
  const port = await freePort();
  const program = await makeProgram(t, {
    bridge: { dataDir: './data' },
    brokers: { main: { url: broker.url } },
    cameras: members.map(({ httpPort, rtspPort }, index) => ({
      id: nameOf(index),
      host: '127.0.0.1',
      port: httpPort,
      rtspPort,
      username: 'root',
      password: 'pass',
      source: 'rtsp',
    })),
    http: { port },
  });
  const subscriber = await subscribe(t, broker.url, { qos: 1 });
  // A gap begins where a device was last heard: so all are, once, before there is anything to lose.
  const first = program.start();
  await allHeard(first);
  const stopLoad = startLoads(fleet);
  t.after(stopLoad);

  await killAgainAndAgain(program, first, random);

  const run = program.start();
  await allHeard(run);
  for (const outage of [1, 2]) {
    const before = subscriber.received.length;
    await eventually(`events before outage ${outage}`, () => subscriber.received.length > before + RATE);
    assertLedger(await readHealth(port));
    await broker.stop();
    await delay(500 + random() * 1000);
    assertLedger(await readHealth(port));
    await broker.start();
  }
  const resumed = subscriber.received.length;
  await eventually('events after the outages', () => subscriber.received.length > resumed + RATE);

  assert.deepEqual(await run.end('SIGTERM'), { code: 0, signal: null });
  const last = program.start();
  await allHeard(last);
  await stopLoad();
  const drained = await eventually('an empty queue', () => healthWhenEmpty(port, sent));
  await subscriber.until(received => isComplete(received, drained));
  for (const [index, record] of sent.entries())
    check(t, subscriber.received, nameOf(index), record, drained.devices[nameOf(index)]);

  assert.deepEqual(await last.end('SIGTERM'), { code: 0, signal: null });
  await assertHealthMessage(program, subscriber, drained);
});

/** One device: what came, against what it sent and what the bridge says of it. */
function check(
  t: { diagnostic(text: string): void },
  received: readonly Received[],
  device: string,
  sent: Sent,
  ledger: DeviceLedger | undefined,
): void {
  const events = eventsOf(received, device);
  const firsts = firstsOf(events);
  const gaps = gapsOf(received, device);
  const missing = missingOf(sent, firsts);
  t.diagnostic(
    `${device}: ${sent.size} sent, ${firsts.length} came, ${events.length - firsts.length} twice, ` +
      `${missing.length} missing, ${gaps.length} gaps`,
  );
  assert.ok(gaps.length >= KILLS / 3, 'too few connections for this to mean anything');
  assert.ok(loadOf(firsts).length > sent.size / 2, 'too few events for this to mean anything');
  assertDeviceOrder(firsts);
  assertAnnounced(missing, gaps);
  const { kept, brokers } = ledger ?? assert.fail(`${device} has no ledger`);
  assert.equal(kept, firsts.length);
  assert.equal(brokers['main']?.published, firsts.length + gaps.length);
}

/** Every third time at any moment of the start, else once the devices are heard. */
async function killAgainAndAgain(program: Program, first: Run, random: () => number): Promise<void> {
  let run = first;
  for (let kills = 1; kills <= KILLS; kills++) {
    if (kills % 3 > 0) await allHeard(run);
    await delay(random() * 1500);
    assert.deepEqual(await run.end('SIGKILL'), { code: null, signal: 'SIGKILL' }, run.stderr);
    if (kills < KILLS) run = program.start();
  }
}

function allHeard(run: Run): Promise<boolean> {
  const heard = () => run.log().filter(({ msg }) => msg === 'heard').length === DEVICES;
  return eventually('all devices heard', heard);
}

/** Once nothing waits and every device's last event has been counted. */
async function healthWhenEmpty(port: number, sent: readonly Sent[]): Promise<Health | false> {
  const health = await readHealth(port);
  const all = Object.values(health.devices).every(({ state }) => state === 'online');
  return all && sent.length === Object.keys(health.devices).length && queuedIn(health) === 0 && health;
}

function isComplete(received: readonly Received[], { devices }: Health): boolean {
  return Object.entries(devices).every(
    ([device, { kept }]) => new Set(eventsOf(received, device).map(({ seq }) => seq)).size >= kept,
  );
}

/** The ledger outlives the run: the next one's health message goes on from it. */
async function assertHealthMessage(program: Program, { received }: Subscriber, before: Health) {
  const from = received.length;
  const run = program.start();
  const message = await eventually('a health message', () =>
    received.slice(from).find(({ topic }) => topic === HEALTH),
  );
  const health: Health = JSON.parse(message.payload);
  assertLedger(health);
  for (const [device, { kept, brokers }] of Object.entries(before.devices)) {
    assert.ok((health.devices[device]?.kept ?? 0) >= kept);
    assert.ok((health.devices[device]?.brokers['main']?.published ?? 0) >= (brokers['main']?.published ?? 0));
  }
  await run.end('SIGTERM');
}

async function startFleet() {
  const fleet = createFleet({ count: DEVICES });
  const members = await fleet.start();
  return { fleet, members, sent: fleet.devices.map(noteLoad) };
}

function startLoads(fleet: ReturnType<typeof createFleet>): () => Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const loads = (['property', 'event'] as const).map(kind =>
    fleet.load({ kind, ratePerSecond: RATE / 2, signal }),
  );
  return async () => {
    ending.abort();
    await Promise.all(loads.map(({ done }) => done));
  };
}

function nameOf(index: number): string {
  return `camera-${index + 1}`;
}
