// What the bench runs on: a mosquitto that does not limit, and a fleet with the bridge that hears it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { find } from '../support/need.ts';
import { type Bridge, startBridge } from './bridge.ts';
import { startProgram, startWorker, type Worker } from './processes.ts';

export interface Broker {
  url: string;
  stop(): Promise<void>;
}

/** Starts one that keeps nothing over its end, on a free port where none is given. */
export async function startBroker(given?: number): Promise<Broker> {
  const directory = mkdtempSync(join(tmpdir(), 'axis2mqtt-bench-'));
  const port = given ?? (await freePort());
  const file = join(directory, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'max_inflight_messages 1000',
    'max_queued_messages 0',
    // Without it a small message waits 40 ms behind a large one, for the acknowledgement of TCP.
    'set_tcp_nodelay true',
    'log_type error',
  ];
  writeFileSync(file, lines.join('\n'));
  const { stop } = startProgram(find('mosquitto') ?? 'mosquitto', ['-c', file]);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    async stop() {
      await stop();
      rmSync(directory, { recursive: true });
    },
  };
}

interface Member {
  host: string;
  httpPort: number;
  rtspPort: number;
}

export interface Bench extends Bridge {
  fleet: Worker;
}

interface BenchOptions {
  /** The way to hear the devices. Default: rtsp. */
  source?: string;
  /** Keys of the configuration beside, or instead of, those of the bench. */
  config?: Record<string, unknown>;
}

/** Starts so many devices and the bridge that hears them. */
export async function startBench(
  devices: number,
  broker: Broker,
  { source = 'rtsp', config = {} }: BenchOptions = {},
): Promise<Bench> {
  const fleet = startWorker('fleet.ts', [String(devices)]);
  const members = await fleet.next<Member[]>();
  const cameras = members.map(({ host, httpPort: port, rtspPort }, index) => ({
    ...{ id: `camera-${index}`, host, port, rtspPort, source },
    ...{ username: 'bench', password: 'bench' },
  }));
  const bridge = await startBridge({ brokers: { main: { url: broker.url } }, ...config, cameras });
  return {
    ...bridge,
    fleet,
    async stop() {
      await bridge.stop();
      await fleet.stop();
    },
  };
}
