// axis2mqtt demo: a simulated device, a broker of its own, the bridge, and the messages as a subscriber sees them.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACTIONS } from '../actions/table.ts';
import { startBridge } from '../bridge/bridge.ts';
import { NAME } from '../bridge/version.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import { createDevice, defaultScenario, runScenario } from '../simulator/simulator.ts';
import { systemClock } from '../util/clock.ts';
import { fail, fromSystem } from '../util/errors.ts';
import { createLog } from '../util/log.ts';
import { type Command, stopAfter, type Terminal } from './command.ts';
import { numberOf } from './number-option.ts';
import { createPrinter } from './printer.ts';
import { watch } from './watch.ts';

const PASSWORD = 'demo-only';

export const demo: Command = {
  name: 'demo',
  summary: 'Shows it at work: a simulated camera, a broker, the bridge, and what a subscriber sees.',
  options: {
    seconds: {
      type: 'string',
      placeholder: 'N',
      default: '0',
      describe: 'ends after so long; default 0, with Ctrl-C',
    },
    port: {
      type: 'string',
      placeholder: 'PORT',
      default: '0',
      describe: 'of the broker; default any free one',
    },
  },
  async run({ values, terminal }) {
    const seconds = numberOf(values, 'seconds', [0, 1_000_000]);
    const wanted = numberOf(values, 'port', [0, 65_535]);
    const { stop: signal, kill, release } = stopAfter(seconds * 1000);
    const directory = await mkdtemp(join(tmpdir(), `${NAME}-demo-`));
    const device = createDevice({ username: 'bridge', password: PASSWORD });
    try {
      const { httpPort, rtspPort } = await device.start();
      const port = await freePort(wanted);
      const config = await demoConfig({ directory, port, httpPort, rtspPort });
      introduce(terminal, device.serial, port);
      const bridge = await startBridge(config, { log: createLog({ level: 'error' }), kill });
      const watching = watch({
        broker: { servers: [`mqtt://127.0.0.1:${port}`], clientId: 'demo', protocolVersion: 4 },
        filters: ['#'],
        patient: true,
        onMessage: createPrinter(terminal),
        clock: systemClock,
        signal,
      });
      await runScenario(device, defaultScenario, { signal });
      await bridge.stop();
      await watching;
      return 0;
    } finally {
      await device.stop();
      await rm(directory, { recursive: true, force: true });
      release();
    }
  },
};

function introduce(terminal: Terminal, serial: string, port: number): void {
  terminal.out(
    [
      `A simulated AXIS camera (serial ${serial}) tells its events to the bridge, which publishes`,
      `them to a broker of its own: mqtt://127.0.0.1:${port}. Below is what a subscriber of # sees. Ctrl-C ends it.`,
      '',
      '',
    ].join('\n'),
  );
}

interface DemoPorts {
  directory: string;
  port: number;
  httpPort: number;
  rtspPort: number;
}

/** The configuration that a user would write for it. */
async function demoConfig({ directory, port, httpPort, rtspPort }: DemoPorts): Promise<Config> {
  const text = `
bridge: {dataDir: ${JSON.stringify(directory)}}
brokers: {main: {url: "embedded://127.0.0.1:${port}"}}
cameras:
  - {id: front-door, host: 127.0.0.1, port: ${httpPort}, rtspPort: ${rtspPort}, username: bridge, password: ${PASSWORD}, labels: {site: demo}, poll: [{api: people-counter, every: 5s}, {api: object-analytics, every: 10s}]}
http: false
log: {level: error}
`;
  const result = await loadConfig({
    file: 'demo.yaml',
    env: {},
    readFile: async () => Buffer.from(text),
    actions: ACTIONS,
  });
  if (!result.ok) throw fail('INTERNAL', 'the configuration of the demo is not usable');
  return result.config;
}

/** The port wanted, or any for 0. Throws CONFIG where somebody listens there: what is shown has to be the demo's own. */
async function freePort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    throw fail('CONFIG', `--port ${wanted}: ${fromSystem(error, 'it cannot be listened on').message}`);
  }
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
