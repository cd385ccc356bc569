// What an event costs by where it goes: to one more broker that acknowledges it, and past 100 routes that do not match.
import { type Cost, costOf, median } from './cost.ts';
import { type Broker, startBench, startBroker } from './setup.ts';

const DEVICES = 20;
const ROUNDS = 3;
const TIMES = { warmMs: 1500, measureMs: 2500 };

/** Half of them are for other cameras, half for other topics. */
const OTHERS = Array.from({ length: 100 }, (_, index) => ({
  match: index % 2 ? { camera: `elsewhere-${index}` } : { topic: `tns1:RuleEngine/Rule${index}/**` },
}));

export async function measureRoutes(broker: Broker, say: (row: string) => void): Promise<void> {
  const second = await startBroker();
  const brokers = { main: { url: broker.url }, second: { url: second.url } };
  const costs: Record<'plain' | 'brokers' | 'routes', Cost[]> = { plain: [], brokers: [], routes: [] };
  for (let round = 0; round < ROUNDS; round++) {
    costs.plain.push(await cost(broker, {}));
    costs.brokers.push(await cost(broker, { brokers }));
    costs.routes.push(await cost(broker, { routes: [...OTHERS, {}] }));
  }
  await second.stop();
  const plain = median(costs.plain).perEvent;
  const row = (what: string, ours: number, goal: string) =>
    say(
      `| CPU µs per event, ${what} | ${ours.toFixed(1)} | (one) ${plain.toFixed(1)} | ${(ours / plain).toFixed(2)} × | ${goal} |`,
    );
  row('2 brokers beside one', median(costs.brokers).perEvent, '');
  row('101 routes, of which one matches, beside one', median(costs.routes).perEvent, '≤ 1.05 ×');
}

async function cost(broker: Broker, config: { brokers?: object; routes?: object[] }): Promise<Cost> {
  const bench = await startBench(DEVICES, broker, { config });
  bench.fleet.send({ saturate: true });
  const brokers = Object.keys(config.brokers ?? { main: {} }).length;
  const done = async () => (await bench.published()) / brokers;
  const result = await costOf({ ...TIMES, pid: bench.pid, done });
  await bench.stop();
  return result;
}
