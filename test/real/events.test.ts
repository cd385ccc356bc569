// `axis2mqtt events` as a program: Ctrl-C ends it, and what was learned until then is printed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDevice } from '../../src/simulator/simulator.ts';
import { makeProgram } from '../support/bridge-process.ts';
import { startCamera } from '../support/bridge-setting.ts';
import { eventually } from '../support/eventually.ts';

test('Ctrl-C ends the tail with 0, and a catalogue with what was heard', async t => {
  const device = createDevice();
  t.after(() => device.stop());
  const camera = { ...(await startCamera(device, 'front')), source: 'rtsp' };
  const program = await makeProgram(t, { cameras: [camera] });
  const command = ['events', 'front', '--config', program.file];

  const tail = program.start([...command, '--json']);
  await eventually('events', () => tail.stdout.includes('SystemReady'));
  assert.equal((await tail.end('SIGINT')).code, 0, tail.stderr);
  for (const line of tail.stdout.trim().split('\n')) JSON.parse(line);

  const catalogue = program.start([...command, '--catalogue', '1h']);
  await eventually('events', () => catalogue.stderr.includes('Events come'));
  assert.match(catalogue.stderr, /online by rtsp/);
  assert.equal((await catalogue.end('SIGINT')).code, 0, catalogue.stderr);
  assert.match(catalogue.stdout, /^Heard in \d+ s:$/m);
  assert.match(catalogue.stdout, /- "tns1:Device\/tnsaxis:IO\/Port"/);
  await eventually('no session left', () => device.sessions === 0);
});
