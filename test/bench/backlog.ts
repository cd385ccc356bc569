// How fast a queue drains that grew while the broker was away, beside the live rate, and what it takes of memory.
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';
import { costOf } from './cost.ts';
import { memoryOf } from './processes.ts';
import { type Bench, startBench, startBroker } from './setup.ts';

const DEVICES = 20;
const EVENTS = 200_000;
const TIMES = { warmMs: 3000, measureMs: 5000 };
const SETTLE_MS = 2000;
const POLL_MS = 50;
const LIMIT_MS = 60_000;

/** At a broker of its own, which goes and comes back. */
export async function measureBacklog(_broker: unknown, say: (row: string) => void): Promise<void> {
  const port = await freePort();
  const before = await startBroker(port);
  const bench = await startBench(DEVICES, before);
  const peak = watchMemory(bench.pid);
  const live = await runLive(bench);
  const atEase = peak.take();

  await before.stop();
  const events = await fill(bench);
  const filling = peak.take();

  const after = await startBroker(port);
  const rate = await drain(bench);
  const draining = peak.take();
  peak.stop();
  await bench.stop();
  await after.stop();

  say(
    `| events/s out of ${events} queued, beside live | ${Math.round(rate)} | (live) ${Math.round(live)} | ${(rate / live).toFixed(2)} × | ≥ 0.8 × |`,
  );
  for (const [what, memory] of Object.entries({ queue: filling, drain: draining })) {
    say(
      `| peak of own memory, MiB, as ${events} ${what}, beside live | ${mib(memory)} | (live) ${mib(atEase)} | ${(memory / atEase).toFixed(2)} × | ≤ 1.2 × |`,
    );
  }
}

/** Events a second from the devices to the broker; nothing of them is left queued. */
async function runLive(bench: Bench): Promise<number> {
  bench.fleet.send({ saturate: true });
  const { rate } = await costOf({ ...TIMES, pid: bench.pid, done: bench.published });
  bench.fleet.send({});
  await until(async () => (await bench.queued()) === 0);
  return rate;
}

/** Queues at least so many events, and gives how many: what is on its way from the devices comes too. */
async function fill(bench: Bench): Promise<number> {
  bench.fleet.send({ saturate: true });
  await until(async () => (await bench.queued()) >= EVENTS);
  bench.fleet.send({});
  await delay(SETTLE_MS);
  return bench.queued();
}

/** Events a second, from the first that is acknowledged to the last. */
async function drain(bench: Bench): Promise<number> {
  const past = await bench.published();
  await until(async () => (await bench.published()) > past);
  const [first, started] = [await bench.published(), performance.now()];
  await until(async () => (await bench.queued()) === 0);
  return ((await bench.published()) - first) / ((performance.now() - started) / 1000);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await condition()) && performance.now() < deadline) await delay(POLL_MS);
}

/** `take` gives the most memory, in KiB, since it was taken last: the peak, as garbage comes and goes. */
function watchMemory(pid: number): { take(): number; stop(): void } {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, memoryOf(pid, 'RssAnon'));
  }, POLL_MS);
  return {
    take() {
      const taken = most;
      most = 0;
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}

function mib(kib: number): string {
  return (kib / 1024).toFixed(0);
}
