// axis2mqtt simulate: Axis devices on this machine, to try a configuration on.
import { createFleet, defaultScenario, runScenario } from '../simulator/simulator.ts';
import { fail } from '../util/errors.ts';
import { type Command, onSignals } from './command.ts';
import { numberOf } from './number-option.ts';

export const simulate: Command = {
  name: 'simulate',
  summary: 'Simulates Axis devices on loopback, each with a door, a yard and a story that repeats.',
  options: {
    count: {
      type: 'string',
      placeholder: 'N',
      default: '1',
      describe: 'how many devices, 1 to 1000; default 1',
    },
    'http-port': {
      type: 'string',
      placeholder: 'PORT',
      default: '8080',
      describe: 'of the first device; default 8080',
    },
    'rtsp-port': {
      type: 'string',
      placeholder: 'PORT',
      default: '8554',
      describe: 'of the first device; default 8554',
    },
    username: {
      type: 'string',
      placeholder: 'NAME',
      default: 'root',
      describe: 'login of each; default root',
    },
    password: {
      type: 'string',
      placeholder: 'TEXT',
      default: 'pass',
      describe: 'default pass; it is no secret here',
    },
  },
  async run({ values, terminal }) {
    const count = numberOf(values, 'count', [1, 1000]);
    // Each device has the ports after those of the one before.
    const last = 65_536 - count;
    const httpPort = numberOf(values, 'http-port', [1, last]);
    const rtspPort = numberOf(values, 'rtsp-port', [1, last]);
    const { stop, release } = onSignals();
    const fleet = createFleet({
      count,
      device: {
        httpPort,
        rtspPort,
        username: String(values['username']),
        password: String(values['password']),
      },
    });
    const members = await fleet.start().catch((error: unknown) => {
      throw fail('CONFIG', `a port of theirs cannot be listened on: ${error}`);
    });
    for (const { serial, host, httpPort, rtspPort } of members) {
      terminal.out(`${serial}  host: ${host}  port: ${httpPort}  rtspPort: ${rtspPort}\n`);
    }
    await Promise.all(fleet.devices.map(device => runScenario(device, defaultScenario, { signal: stop })));
    await fleet.stop();
    release();
    return 0;
  },
};
