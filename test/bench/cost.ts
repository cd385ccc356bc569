// What an event costs a process that works at full speed.
import { setTimeout as delay } from 'node:timers/promises';
import { cpuOf } from './processes.ts';

export interface Cost {
  /** CPU µs. */
  perEvent: number;
  /** Events a second. */
  rate: number;
}

interface CostOptions {
  pid: number;
  /** Events that are done. */
  done(): Promise<number>;
  warmMs: number;
  measureMs: number;
}

export async function costOf({ pid, done, warmMs, measureMs }: CostOptions): Promise<Cost> {
  await delay(warmMs);
  const [cpu, count, time] = [cpuOf(pid), await done(), performance.now()];
  await delay(measureMs);
  const events = (await done()) - count;
  const seconds = (performance.now() - time) / 1000;
  return { perEvent: ((cpuOf(pid) - cpu) * 1e6) / events, rate: events / seconds };
}

export function median(costs: readonly Cost[]): Cost {
  const sorted = [...costs].sort((a, b) => a.perEvent - b.perEvent);
  return sorted[Math.floor(sorted.length / 2)] ?? { perEvent: Number.NaN, rate: Number.NaN };
}
