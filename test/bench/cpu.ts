// CPU per event at full speed, RTSP to PUBACK at QoS 1 with the durable queue, beside ready payloads of mqtt.js alone.
import { setTimeout as delay } from 'node:timers/promises';
import { type Cost, costOf, median } from './cost.ts';
import { startWorker } from './processes.ts';
import { type Broker, startBench } from './setup.ts';

const DEVICES = 20;
const ROUNDS = 3;
const TIMES = { warmMs: 3000, measureMs: 6000 };

/** The other ways to hear a device cost no more than RTSP. */
const OTHERS = ['websocket', 'pullpoint'];

export async function measureCpu(broker: Broker, say: (row: string) => void): Promise<void> {
  const payload = await samplePayload(broker);
  const bridge: Cost[] = [];
  const floor: Cost[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    floor.push(await floorCost(broker, payload));
    bridge.push(await bridgeCost(broker));
  }
  const [ours, theirs] = [median(bridge), median(floor)];
  const ratio = (ours.perEvent / theirs.perEvent).toFixed(2);
  say(
    `| CPU µs per event, saturated, QoS 1, durable | ${ours.perEvent.toFixed(1)} | ${theirs.perEvent.toFixed(1)} | ${ratio} × | ≤ 2.5 × |`,
  );
  say(
    `| events/s, saturated, ${DEVICES} devices | ${Math.round(ours.rate)} | ${Math.round(theirs.rate)} | ${(ours.rate / theirs.rate).toFixed(2)} × | |`,
  );
}

/** A payload as the bridge publishes it, so that both send the same. */
async function samplePayload(broker: Broker): Promise<string> {
  const subscriber = startWorker('subscriber.ts', [broker.url, '+/+/event/#']);
  await subscriber.next();
  const bench = await startBench(1, broker);
  bench.fleet.send({ ratePerSecond: 50 });
  await delay(1000);
  subscriber.send({});
  const { sample } = await subscriber.next<{ sample: string }>();
  await bench.stop();
  await subscriber.stop();
  return sample;
}

/** Each way to hear a device beside RTSP. */
export async function measureSources(broker: Broker, say: (row: string) => void): Promise<void> {
  for (const source of OTHERS) {
    const costs: Cost[] = [];
    const rtsp: Cost[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rtsp.push(await bridgeCost(broker));
      costs.push(await bridgeCost(broker, source));
    }
    const [ours, theirs] = [median(costs), median(rtsp)];
    const ratio = (ours.perEvent / theirs.perEvent).toFixed(2);
    say(
      `| CPU µs per event by ${source}, beside RTSP | ${ours.perEvent.toFixed(1)} | (RTSP) ${theirs.perEvent.toFixed(1)} | ${ratio} × | ≤ 1 × |`,
    );
  }
}

async function bridgeCost(broker: Broker, source = 'rtsp'): Promise<Cost> {
  const bench = await startBench(DEVICES, broker, { source });
  bench.fleet.send({ saturate: true });
  const cost = await costOf({ ...TIMES, pid: bench.pid, done: bench.published });
  await bench.stop();
  return cost;
}

async function floorCost(broker: Broker, payload: string): Promise<Cost> {
  const floor = startWorker('publish.ts', [broker.url, '0', payload]);
  await floor.next();
  const done = async () => {
    floor.send({});
    return (await floor.next<{ done: number }>()).done;
  };
  const cost = await costOf({ ...TIMES, pid: floor.pid, done });
  await floor.stop();
  return cost;
}
