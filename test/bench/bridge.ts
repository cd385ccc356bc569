// The built bridge in a process of its own: started with a configuration, asked by its metrics.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free-port.ts';
import { startProgram } from './processes.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const UP_MS = 120_000;

export interface Bridge {
  pid: number;
  /** Messages that a broker has acknowledged, over all brokers. */
  published(): Promise<number>;
  /** Messages that wait for a broker. */
  queued(): Promise<number>;
  /** Devices that are heard. */
  online(): Promise<number>;
  stop(): Promise<void>;
}

/** A configuration as in the file, but for where its data and its pages are. */
export interface Configuration extends Record<string, unknown> {
  cameras: readonly unknown[];
}

/** Starts it, and resolves once all its cameras are heard, or after two minutes. */
export async function startBridge(configuration: Configuration): Promise<Bridge> {
  const directory = mkdtempSync(join(tmpdir(), 'axis2mqtt-bench-'));
  const port = await freePort();
  const file = join(directory, 'axis2mqtt.yaml');
  const own = { bridge: { dataDir: join(directory, 'data') }, http: { port }, log: { level: 'error' } };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ ...own, ...configuration }));
  const { pid, stop } = startProgram(process.execPath, [MAIN, 'run', '--config', file]);
  const metric = createMetric(port);
  const messages = (outcome: string) => metric('messages', `outcome="${outcome}"`);
  const bridge = {
    pid,
    published: () => messages('published'),
    queued: () => messages('queued'),
    online: () => metric('device_online'),
    async stop() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  const deadline = Date.now() + UP_MS;
  while ((await bridge.online()) < configuration.cameras.length && Date.now() < deadline) await delay(200);
  return bridge;
}

/** Reads the sum of a gauge over all that bear the label; 0 while nobody answers. */
function createMetric(port: number) {
  return async (name: string, label = ''): Promise<number> => {
    const text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
      response => response.text(),
      () => '',
    );
    const lines = text.matchAll(/^axis2mqtt_(\w+)\{(.*)\} (\d+)/gm);
    return [...lines].reduce(
      (sum, [, gauge, labels, value]) =>
        gauge === name && labels?.includes(label) ? sum + Number(value) : sum,
      0,
    );
  };
}
