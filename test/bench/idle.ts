// What an idle device costs: resident memory and CPU, at 1,000 of them beside one, and how long all take to be heard.
import { setTimeout as delay } from 'node:timers/promises';
import { cpuOf, memoryOf } from './processes.ts';
import { type Broker, startBench } from './setup.ts';

const DEVICES = 1000;
const SETTLE_MS = 20_000;
const MEASURE_MS = 20_000;

export async function measureIdle(broker: Broker, say: (row: string) => void): Promise<void> {
  const one = await rest(1, broker);
  const many = await rest(DEVICES, broker);
  const each = (many.memory - one.memory) / (DEVICES - 1);
  say(`| resident KiB per idle device, of ${many.online} | ${each.toFixed(1)} | | | ≤ 40 |`);
  say(`| seconds until all ${DEVICES} are heard | ${many.seconds.toFixed(1)} | | | ≤ 30 |`);
  say(`| CPU of ${DEVICES} idle devices, % of a core | ${many.cpu.toFixed(1)} | | | < 5 |`);
}

async function rest(devices: number, broker: Broker) {
  const started = performance.now();
  const bench = await startBench(devices, broker);
  const seconds = (performance.now() - started) / 1000;
  await delay(SETTLE_MS);
  const cpu = cpuOf(bench.pid);
  await delay(MEASURE_MS);
  const used = ((cpuOf(bench.pid) - cpu) / MEASURE_MS) * 1000 * 100;
  const result = { seconds, memory: memoryOf(bench.pid), cpu: used, online: await bench.online() };
  await bench.stop();
  return result;
}
