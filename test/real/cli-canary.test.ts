// No secret is shown by a command, whatever is wrong with its configuration.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeProgram } from '../support/bridge-process.ts';
import { createHunt } from '../support/canary.ts';
import { collectRun } from '../support/canary-run.ts';

function login(serial: string): string {
  return `root:AXIS_${serial}`;
}

describe('canaries of the commands', { timeout: 240_000 }, () => {
  test('a configuration that is wrong in every way: no problem quotes a secret', async t => {
    const hunt = createHunt();
    const program = await makeProgram(t);
    const secret = hunt.plant('password', login('ACCC8E00000A'));
    const broken = join(program.directory, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'lines'), `${secret}\n${secret}\n`);
    writeFileSync(
      join(broken, 'key.pem'),
      `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`,
    );
    const camera = { id: 'a', host: '127.0.0.1', username: 'root' };
    const configs = [
      { cameras: [{ ...camera, passwort: secret, password: { [secret]: 1 } }] },
      {
        cameras: [
          { ...camera, password: secret, port: secret, https: secret, source: secret, serial: secret },
        ],
      },
      { cameras: [{ ...camera, host: `root:${secret}@127.0.0.1`, passwordFile: 'broken/lines' }] },
      {
        cameras: [
          { ...camera, passwordFile: secret, onvif: { password: { text: secret } }, labels: [secret] },
        ],
      },
      {
        brokers: { main: { url: `mqtt://bridge:${secret}@127.0.0.1`, tls: { key: 'broken/key.pem' } } },
        cameras: [],
      },
      { cameras: [{ ...camera, password: `\${${secret.toUpperCase()}` }], log: { level: secret } },
      `cameras:\n  - {id: a, password:${secret}, host: "x\n`,
      `cameras: &${secret.replaceAll('-', '')}\n  - *${secret}\n`,
      `password: ${secret}: ${secret}\n\tcameras: @${secret}`,
    ];
    await Promise.all(
      configs.map(async (config, index) => {
        const file = join(broken, `${index}.yaml`);
        writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
        const command = index % 2 === 0 ? 'run' : 'check';
        assert.equal(await collectRun(hunt, program, [command, '--config', file]), 2, file);
      }),
    );
    assert.deepEqual(hunt.found(), []);
    assert.ok(hunt.size() > 2_000, 'problems were said');
  });

  test('commands that need no configuration do not show the environment', async t => {
    const hunt = createHunt();
    const env = {
      AXIS2MQTT_PASSWORD: hunt.plant('variable'),
      DEVICE_PASSWORD: hunt.plant('another variable'),
    };
    const program = await makeProgram(t);
    const commands = ['run', 'check', 'demo', 'simulate', 'schema'].map(name => [name, '--help']);
    const bad = [['nothing'], ['run', '--nothing'], ['run']];
    const all = [['--help'], ['schema'], ['--version'], ...commands, ...bad];
    await Promise.all(
      all.map(async command => {
        const code = await collectRun(hunt, program, command, env);
        assert.equal(code, bad.includes(command) ? 2 : 0, command.join(' '));
      }),
    );
    assert.deepEqual(hunt.found(), []);
  });
});
