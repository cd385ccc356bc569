// Time from a sensor's publish to the device's being asked for what a trigger says, beside the broker's own delivery.
import { subscribe } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { createDevice } from '../../src/simulator/simulator.ts';
import { startBridge } from './bridge.ts';
import type { Broker } from './setup.ts';

const WARM = 40;
const MESSAGES = 300;
const PACE_MS = 50;
const LIMIT_MS = 20_000;
const LOGIN = { username: 'bench', password: 'bench' };
const TRIGGER = {
  name: 'lamp',
  topic: 'sensors/+/state',
  do: [{ camera: 'yard', action: 'output', port: 3, state: 'active' }],
};

/** Sensor, plain subscriber and device share this process and its clock. */
export async function measureTrigger(broker: Broker, say: (row: string) => void): Promise<void> {
  const device = createDevice(LOGIN);
  const { httpPort: port, rtspPort } = await device.start();
  const camera = { id: 'yard', host: device.host, port, rtspPort, source: 'rtsp', ...LOGIN };
  const brokers = { main: { url: broker.url } };
  const bridge = await startBridge({ brokers, triggers: [TRIGGER], cameras: [camera] });
  const asked = timeRequests(() => device.acted.length);
  const { sent, delivered } = await publish(broker, asked).finally(async () => {
    await bridge.stop();
    await device.stop();
  });

  const [ours, theirs] = [delays(sent, asked), delays(sent, delivered)];
  for (const [share, goal] of [
    ['p50', ''],
    ['p99', '< 50 ms'],
  ] as const) {
    const added = (ours[share] - theirs[share]).toFixed(2);
    say(
      `| ms ${share} from a sensor’s publish to the device’s request | ${ours[share].toFixed(2)} | ${theirs[share].toFixed(2)} | +${added} ms | ${goal} |`,
    );
  }
}

/** When each request came that makes `count` grow: not those that ask for a login first, or for what there is. */
function timeRequests(count: () => number): number[] {
  const times: number[] = [];
  const begun = new WeakMap<object, number>();
  let counted = count();
  subscribe('http.server.request.start', message => begun.set(requestOf(message), performance.now()));
  subscribe('http.server.response.finish', message => {
    if (count() === counted) return;
    counted = count();
    times.push(begun.get(requestOf(message)) ?? Number.NaN);
  });
  return times;
}

function requestOf(message: unknown): object {
  return (message as { request: object }).request;
}

/** When each message was sent and when it came to a plain subscriber, once the bridge hears them and is warm. */
async function publish(broker: Broker, asked: number[]): Promise<{ sent: number[]; delivered: number[] }> {
  const sensor = await connectAsync(broker.url, { protocolVersion: 5, clientId: 'bench-sensor' });
  const subscriber = await connectAsync(broker.url, { protocolVersion: 5, clientId: 'bench-plain' });
  const [sent, delivered]: [number[], number[]] = [[], []];
  const all = [sent, delivered, asked];
  subscriber.on('message', () => delivered.push(performance.now()));
  await subscriber.subscribeAsync(TRIGGER.topic, { qos: 1 });
  const send = () => {
    sent.push(performance.now());
    sensor.publish('sensors/door/state', '{"open":true}', { qos: 1 });
    return delay(PACE_MS);
  };
  for (const deadline = performance.now() + LIMIT_MS; asked.length < WARM; ) {
    if (performance.now() > deadline) throw new Error('the trigger does not act');
    await send();
  }
  await delay(1000);
  for (const times of all) times.length = 0;
  for (let index = 0; index < MESSAGES; index++) await send();
  await delay(1000);
  await Promise.all([sensor.endAsync(), subscriber.endAsync()]);
  if (all.some(({ length }) => length !== MESSAGES)) throw new Error('not every message came once');
  return { sent, delivered };
}

/** Of the n-th message: the broker, the bridge and the device all keep the order. */
function delays(from: readonly number[], to: readonly number[]): { p50: number; p99: number } {
  const sorted = to.map((time, index) => time - (from[index] ?? Number.NaN)).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
