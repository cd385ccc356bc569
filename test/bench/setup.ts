// What the bench runs on: a mosquitto that does not limit, a fleet, and the built bridge with a configuration for both.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { find } from '../support/need.ts';
import { freePort, startProgram, startWorker, type Worker } from './processes.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Broker {
  url: string;
  stop(): Promise<void>;
}

export async function startBroker(): Promise<Broker> {
  const directory = mkdtempSync(join(tmpdir(), 'axis2mqtt-bench-'));
  const port = await freePort();
  const file = join(directory, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'max_inflight_messages 1000',
    'max_queued_messages 0',
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

export interface Bench {
  pid: number;
  fleet: Worker;
  /** Messages that the broker has acknowledged. */
  published(): Promise<number>;
  /** Devices that are heard. */
  online(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts so many devices and the bridge that listens to them in that way. */
export async function startBench(devices: number, broker: Broker, source = 'rtsp'): Promise<Bench> {
  const directory = mkdtempSync(join(tmpdir(), 'axis2mqtt-bench-'));
  const http = await freePort();
  const fleet = startWorker('fleet.ts', [String(devices)]);
  const members = await fleet.next<Member[]>();
  const file = join(directory, 'axis2mqtt.yaml');
  writeFileSync(file, configuration({ directory, http, url: broker.url, members, source }));
  const bridge = startProgram(process.execPath, [MAIN, 'run', '--config', file]);
  const metric = async (pattern: RegExp) => {
    const text = await fetch(`http://127.0.0.1:${http}/metrics`).then(
      response => response.text(),
      () => '',
    );
    return [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);
  };
  const online = () => metric(/^axis2mqtt_device_online\{.*\} (\d+)/gm);
  for (const deadline = Date.now() + 120_000; (await online()) < devices && Date.now() < deadline; ) {
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  return {
    pid: bridge.pid,
    fleet,
    online,
    published: () => metric(/^axis2mqtt_messages\{.*outcome="published".*\} (\d+)/gm),
    async stop() {
      await bridge.stop();
      await fleet.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface ConfigurationOptions {
  directory: string;
  http: number;
  url: string;
  members: readonly Member[];
  source: string;
}

function configuration({ directory, http, url, members, source }: ConfigurationOptions): string {
  const cameras = members.map(
    ({ host, httpPort, rtspPort }, index) =>
      `  - {id: camera-${index}, host: ${host}, port: ${httpPort}, rtspPort: ${rtspPort}, source: ${source}, username: bench, password: bench}`,
  );
  return [
    `bridge: {dataDir: ${JSON.stringify(join(directory, 'data'))}}`,
    `brokers: {main: {url: "${url}"}}`,
    `http: {port: ${http}}`,
    'log: {level: error}',
    'cameras:',
    ...cameras,
  ].join('\n');
}
