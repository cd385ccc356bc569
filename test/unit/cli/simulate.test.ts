// `axis2mqtt simulate`: a fleet in one process, without a word of warning.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

test('simulate starts twelve devices, says where they are and nothing else, and ends at a signal', {
  timeout: 240_000,
}, async t => {
  // Twelve ports each from there on.
  const first = await freePort();
  const ports = ['--http-port', String(first), '--rtsp-port', String(first + 12)];
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'simulate', '--count', '12', ...ports]);
  t.after(() => child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  child.stdout.on('data', chunk => (out += chunk));
  child.stderr.on('data', chunk => (err += chunk));
  await eventually('twelve lines', () => out.split('\n').length > 12);
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  assert.deepEqual([code, err], [0, '']);
});
