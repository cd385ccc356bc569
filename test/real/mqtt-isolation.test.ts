// Two brokers, one of them cut off under load: the other one gets its events all the while, and both get all.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createFleet } from '../../src/simulator/simulator.ts';
import { makeProgram } from '../support/bridge-process.ts';
import {
  assertDeviceOrder,
  emptied,
  eventsOf,
  firstsOf,
  loadOf,
  missingOf,
  noteLoad,
} from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { type Subscriber, subscribe } from '../support/subscriber.ts';
import { startProxy } from '../support/tcp-proxy.ts';

const RATE = 400;
const BEFORE_MS = 5_000;
const CUT_MS = 60_000;

test('one of two brokers is cut for a minute under load', {
  ...need('mosquitto'),
  timeout: 400_000,
}, async t => {
  const config = ['max_queued_messages 0'];
  const [main, site] = [await startMosquitto(t, { config }), await startMosquitto(t, { config })];
  const proxy = await startProxy(t, site.port);
  const fleet = createFleet({ count: 1 });
  const [device = assert.fail()] = fleet.devices;
  t.after(() => fleet.stop());
  const { httpPort: port, rtspPort } = await device.start();
  const httpPort = await freePort();
  const program = await makeProgram(t, {
    brokers: { main: { url: main.url }, site: { url: `mqtt://127.0.0.1:${proxy.port}` } },
    cameras: [
      { id: 'loud', host: '127.0.0.1', port, rtspPort, username: 'root', password: 'pass', source: 'rtsp' },
    ],
    http: { port: httpPort },
  });
  const [atMain, atSite] = [
    await subscribe(t, main.url, { qos: 1 }),
    await subscribe(t, site.url, { qos: 1 }),
  ];
  const latencies = watchLatency(atMain);
  // A heap that has no room for a minute of events.
  const run = program.start(undefined, { NODE_OPTIONS: '--max-old-space-size=64' });
  const sent = noteLoad(device);
  const ending = new AbortController();
  t.after(() => ending.abort());
  const { done } = fleet.load({ ratePerSecond: RATE, signal: ending.signal });
  await eventually('load at both', () =>
    [atMain, atSite].every(({ received }) => received.length > 2 * RATE),
  );

  const before = await latencies.during(BEFORE_MS);
  const memory = memoryOf(run.pid);
  proxy.stall();
  proxy.refuse(true);
  const cut = await latencies.during(CUT_MS);
  const grown = memoryOf(run.pid) - memory;
  proxy.refuse(false);
  proxy.reset();
  ending.abort();
  await done;

  // What piled up before the first part was measured is no pace to be kept.
  const expected = (Math.min(before.count, (RATE * BEFORE_MS) / 1000) * CUT_MS) / BEFORE_MS;
  assert.ok(cut.count > 0.5 * expected, `${cut.count} events instead of ${expected}`);
  // Held up by the other one, they would be as late as the cut is long.
  assert.ok(cut.p95 < before.p95 + CUT_MS / 10, `p95 ${before.p95} ms, then ${cut.p95} ms`);
  assert.ok(grown < 32 * 2 ** 20, `${grown} bytes more`);
  for (const subscriber of [atMain, atSite]) await assertAll(subscriber, sent);
  await eventually('empty queues', () => emptied(httpPort));
});

/** How long events take from the bridge's reception to the subscriber (ms). */
function watchLatency({ received }: Subscriber) {
  return {
    async during(ms: number): Promise<{ count: number; p95: number }> {
      const times: number[] = [];
      let at = received.length;
      for (const end = performance.now() + ms; performance.now() < end; await delay(1)) {
        const now = Date.now();
        for (const event of eventsOf(received.slice(at), 'loud'))
          times.push(now - Date.parse(event.received));
        at = received.length;
      }
      times.sort((a, b) => a - b);
      return { count: times.length, p95: times[Math.floor(times.length * 0.95)] ?? Number.POSITIVE_INFINITY };
    },
  };
}

async function assertAll({ received }: Subscriber, sent: ReadonlyMap<string, number>): Promise<void> {
  const events = () => eventsOf(received, 'loud');
  await eventually(
    'all of the load',
    () => loadOf(events()).length >= sent.size && missingOf(sent, events()).length === 0,
    // The other one is tried again half a minute later at most, and then has a minute's load to take.
    180_000,
  );
  assertDeviceOrder(firstsOf(events()));
}

/** Bytes that the process holds in memory, without mapped files, whose pages the kernel takes back as it likes. */
function memoryOf(pid: number): number {
  const [, kib = '0'] = /RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}
