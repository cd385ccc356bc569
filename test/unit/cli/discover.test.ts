// `axis2mqtt discover` on loopback addresses, and the configuration that it writes.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { runCli } from '../../../src/cli/cli.ts';
import { camerasYaml } from '../../../src/cli/discover.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { FoundDevice } from '../../../src/discovery/merge.ts';
import { createDevice } from '../../../src/simulator/simulator.ts';
import { createTerminal } from '../../support/terminal.ts';

const FOUND: FoundDevice = {
  serial: 'ACCC8E000001',
  addresses: ['192.0.2.10', '192.0.2.11'],
  port: 80,
  https: false,
  fingerprint: undefined,
  name: 'AXIS P3265-LVE',
  model: 'P3265-LVE',
  firmware: '11.11.77',
  via: ['http', 'mdns'],
};

async function startTwo(t: TestContext): Promise<string> {
  const first = createDevice({ host: '127.1.8.1', serial: 'ACCC8E000001' });
  const { httpPort } = await first.start();
  const second = createDevice({ host: '127.1.8.3', serial: 'ACCC8E000002', httpPort });
  await second.start();
  t.after(() => Promise.all([first.stop(), second.stop()]));
  return String(httpPort);
}

/** What the program reads of a configuration. */
async function read(text: string) {
  const env = { AXIS_PASSWORD: 'p' };
  const result = await loadConfig({ file: 'found.yaml', env, readFile: async () => Buffer.from(text) });
  assert.ok(result.ok, JSON.stringify(result.ok ? '' : result.problems));
  return result.config.cameras;
}

test('prints a table and a configuration that names the devices', async t => {
  const port = await startTwo(t);
  const terminal = createTerminal();
  const args = ['--range', '127.1.8.0/29', '--port', port, '--seconds', '0'];
  assert.equal(await runCli(['discover', ...args], terminal), 0);
  assert.match(
    terminal.stderr,
    /^127\.1\.8\.1 +ACCC8E000001 +P3265-LVE +11\.11\.77 +AXIS P3265-LVE Network Camera +http$/m,
  );
  assert.match(terminal.stderr, /^127\.1\.8\.3 +ACCC8E000002 /m);
  const cameras = await read(terminal.stdout);
  assert.deepEqual(
    cameras.map(camera => [camera.host, camera.port, camera.serial, camera.password.reveal()]),
    [
      ['127.1.8.1', Number(port), 'ACCC8E000001', 'p'],
      ['127.1.8.3', Number(port), 'ACCC8E000002', 'p'],
    ],
  );
});

test('--json prints the devices', async t => {
  const port = await startTwo(t);
  const terminal = createTerminal();
  const args = ['--range', '127.1.8.3', '--port', port, '--seconds', '0', '--json'];
  assert.equal(await runCli(['discover', ...args], terminal), 0);
  const [device] = JSON.parse(terminal.stdout);
  assert.equal(device.serial, 'ACCC8E000002');
  assert.deepEqual(device.addresses, ['127.1.8.3']);
});

test('the configuration is one, whatever a device calls itself', async () => {
  const evil = `x\n  - host: evil.example\r\u2028"\${HOME}: # \u001b[2J`;
  const https = { port: 443, https: true, fingerprint: Array(32).fill('AB').join(':') };
  const cameras = await read(
    camerasYaml([
      { ...FOUND, name: evil },
      { ...FOUND, ...https, serial: undefined },
    ]),
  );
  assert.deepEqual(
    cameras.map(({ host, serial, https, port, tls }) => [host, serial, https, port, tls.fingerprint]),
    [
      ['192.0.2.10', 'ACCC8E000001', false, 80, undefined],
      ['192.0.2.10', undefined, true, 443, https.fingerprint],
    ],
  );
});

test('what is no range, port or number of seconds is wrong usage', async () => {
  for (const args of [
    ['--range', 'all'],
    ['--range', '10.0.0.0/8'],
    ['--port', '0'],
    ['--seconds', '-1'],
  ])
    assert.equal(await runCli(['discover', ...args], createTerminal()), 2, args.join(' '));
});
