// Time from the device's sending to the subscriber's receiving, beside a direct publish at the same pace.
import { setTimeout as delay } from 'node:timers/promises';
import { cpuOf, startWorker, type Worker } from './processes.ts';
import { type Broker, startBench } from './setup.ts';

const DEVICES = 100;
const RATES = [100, 1000];
const WARM_MS = 3000;
const MEASURE_MS = 10_000;

interface Delays {
  count: number;
  p50: number;
  p99: number;
  sample: string;
}

interface Result extends Delays {
  /** CPU µs per event of the publishing process. */
  cpu: number;
}

export async function measureLatency(broker: Broker, say: (row: string) => void): Promise<void> {
  const bench = await startBench(DEVICES, broker);
  const events = await listen(broker, '+/+/event/#');
  for (const rate of RATES) {
    bench.fleet.send({ ratePerSecond: rate });
    const ours = await observe(events, bench.pid);
    bench.fleet.send({});
    const theirs = await direct(broker, rate, ours.sample);
    for (const share of ['p50', 'p99'] as const) {
      const added = (ours[share] - theirs[share]) / 1000;
      const goal = rate < 1000 ? '' : share === 'p50' ? '< 2 ms' : '< 10 ms';
      say(
        `| latency ms ${share} at ${rate}/s, ${DEVICES} devices | ${ms(ours[share])} | ${ms(theirs[share])} | +${added.toFixed(2)} ms | ${goal} |`,
      );
    }
    say(
      `| CPU µs per event at ${rate}/s | ${ours.cpu.toFixed(0)} | ${theirs.cpu.toFixed(0)} | ${(ours.cpu / theirs.cpu).toFixed(2)} × | |`,
    );
  }
  await events.stop();
  await bench.stop();
}

async function direct(broker: Broker, rate: number, payload: string): Promise<Result> {
  const subscriber = await listen(broker, 'bench/floor/#');
  const publisher = startWorker('publish.ts', [broker.url, String(rate), payload]);
  await publisher.next();
  const result = await observe(subscriber, publisher.pid);
  await publisher.stop();
  await subscriber.stop();
  return result;
}

async function listen(broker: Broker, filter: string): Promise<Worker> {
  const subscriber = startWorker('subscriber.ts', [broker.url, filter]);
  await subscriber.next();
  return subscriber;
}

async function observe(subscriber: Worker, pid: number): Promise<Result> {
  await delay(WARM_MS);
  subscriber.send({});
  await subscriber.next();
  const cpu = cpuOf(pid);
  await delay(MEASURE_MS);
  subscriber.send({});
  const delays = await subscriber.next<Delays>();
  return { ...delays, cpu: ((cpuOf(pid) - cpu) * 1e6) / delays.count };
}

function ms(microseconds: number): string {
  return (microseconds / 1000).toFixed(2);
}
