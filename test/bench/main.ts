// npm run bench: what an event costs and how long it takes, as ratios to mqtt.js alone in the same run.
import { measureBacklog } from './backlog.ts';
import { measureCpu, measureSources } from './cpu.ts';
import { measureIdle } from './idle.ts';
import { measureLatency } from './latency.ts';
import { measureRoutes } from './routes.ts';
import { startBroker } from './setup.ts';
import { measureTrigger } from './trigger.ts';

type Measure = (broker: Awaited<ReturnType<typeof startBroker>>, say: (row: string) => void) => Promise<void>;

const ROWS: Readonly<Record<string, Measure>> = {
  cpu: measureCpu,
  sources: measureSources,
  routes: measureRoutes,
  latency: measureLatency,
  trigger: measureTrigger,
  backlog: measureBacklog,
  idle: measureIdle,
};

const wanted = process.argv.slice(2);
const say = (row: string) => void process.stdout.write(`${row}\n`);
const broker = await startBroker();
say('| what | bridge | mqtt.js alone | ratio or difference | goal |');
say('|---|---|---|---|---|');
for (const [name, measure] of Object.entries(ROWS)) {
  if (wanted.length === 0 || wanted.includes(name)) await measure(broker, say);
}
await broker.stop();
