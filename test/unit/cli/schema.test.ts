import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from '../../../src/cli/cli.ts';
import { createTerminal } from '../../support/terminal.ts';

async function schema(...options: string[]) {
  const terminal = createTerminal();
  const code = await runCli(['schema', ...options], terminal);
  return { code, out: terminal.stdout, err: terminal.stderr };
}

test('schema prints the configuration’s, the payloads’ or the topics’', async () => {
  const [plain, payloads, asyncapi] = [
    await schema(),
    await schema('--payloads'),
    await schema('--asyncapi'),
  ];
  assert.deepEqual([plain.code, payloads.code, asyncapi.code], [0, 0, 0]);
  assert.ok(JSON.parse(plain.out).properties.cameras);
  assert.ok(JSON.parse(payloads.out).$defs.event);
  assert.match(asyncapi.out, /^asyncapi: 3\.0\.0\n/);
});

test('schema prints one of them', async () => {
  const { code, out, err } = await schema('--payloads', '--asyncapi');
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /^CONFIG: /);
});
