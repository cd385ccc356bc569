// `axis2mqtt check` against real peers: what it says of each, and the exit code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeProgram, type Program, type Run } from '../support/bridge-process.ts';
import { makeSetting } from '../support/bridge-setting.ts';
import { freePort } from '../support/free-port.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';

interface Finding {
  kind: string;
  name: string;
  facts: Record<string, unknown>;
  warnings: string[];
  failed?: { code: string; hint: string };
}

const HAS_MOSQUITTO = need('mosquitto');

function check(program: Program, ...options: string[]): Run {
  return program.start(['check', '--config', program.file, ...options]);
}

test(
  'check says what answers: serial, model, firmware, sources, declared events, and the broker',
  HAS_MOSQUITTO,
  async t => {
    const { program, device } = await makeSetting(t);
    const run = check(program, '--json');
    assert.equal((await run.ended()).code, 0, run.stderr);
    const { valid, findings } = JSON.parse(run.stdout) as { valid: boolean; findings: Finding[] };
    assert.equal(valid, true);
    const [broker, camera] = findings;
    assert.equal(broker?.facts['version'], 'MQTT 5');
    assert.equal(camera?.facts['serial'], device.serial);
    assert.equal(camera?.facts['model'], 'P3265-LVE');
    assert.equal(camera?.facts['firmware'], '11.11.77');
    assert.ok(Math.abs(Number(camera?.facts['clockSkewS'])) <= 2);
    assert.ok(Number(camera?.facts['events']) > 5);
    assert.match(String(camera?.facts['sources']), /\brtsp\b/);
    assert.equal(device.stats.failedLogins, 0);
  },
);

test(
  'check fails where one peer does, says why and what to do, and tries a wrong password once',
  HAS_MOSQUITTO,
  async t => {
    const { program, device, config } = await makeSetting(t);
    const [camera] = config.cameras;
    const nobody = { ...camera, id: 'nobody', port: 1, rtspPort: await freePort() };
    program.configure({ ...config, cameras: [{ ...camera, password: 'wrong' }, nobody] });
    const run = check(program);
    assert.equal((await run.ended()).code, 1);
    assert.match(run.stdout, /FAILED camera entrance.*\n\s+AUTH: .*credentials/);
    assert.match(run.stdout, /FAILED camera nobody.*\n\s+UNREACHABLE: /);
    assert.match(run.stdout, /ok {5}broker main/);
    assert.equal(device.stats.failedLogins, 1);
  },
);

test(
  'check sends a wrong password once where RTSP is closed too, and calls it that',
  HAS_MOSQUITTO,
  async t => {
    const { program, device, config } = await makeSetting(t);
    const cameras = [{ ...config.cameras[0], password: 'wrong', rtspPort: await freePort(), source: 'auto' }];
    program.configure({ ...config, cameras });
    const run = check(program);
    assert.equal((await run.ended()).code, 1);
    assert.match(run.stdout, /FAILED camera entrance.*\n\s+AUTH: /);
    assert.equal(device.stats.failedLogins, 1);
  },
);

test('check names a cause once, and does not judge a device that nobody reached', HAS_MOSQUITTO, async t => {
  const { program, config } = await makeSetting(t);
  const port = await freePort();
  const cameras = [{ ...config.cameras[0], port, rtspPort: await freePort(), source: 'auto' }];
  program.configure({ ...config, cameras });
  const run = check(program, '--json');
  assert.equal((await run.ended()).code, 1);
  const { findings } = JSON.parse(run.stdout) as { findings: Finding[] };
  const { failed, warnings } = findings.find(({ kind }) => kind === 'camera') ?? assert.fail();
  assert.equal(failed?.code, 'UNREACHABLE');
  assert.deepEqual(warnings, []);
});

test('check warns of what is lacking though it works', HAS_MOSQUITTO, async t => {
  const { program } = await makeSetting(t, { device: { http: { refuseDeclarations: true } } });
  const run = check(program);
  assert.equal((await run.ended()).code, 0);
  assert.match(run.stdout, /warning: NO_DECLARATIONS: .*untyped\n.*warning: AUTH: /);
});

test('check fails where a broker takes no message', HAS_MOSQUITTO, async t => {
  const acl = ['topic read #'];
  const { program } = await makeSetting(t, { broker: { acl } });
  const run = check(program);
  assert.equal((await run.ended()).code, 1);
  assert.match(run.stdout, /FAILED broker main.*\n\s+BROKER_DENIED: .*axis2mqtt\/bridge\/main\/check/);
});

test('check --offline asks nobody, and a wrong file ends with 2', HAS_MOSQUITTO, async t => {
  const broker = await startMosquitto(t);
  const camera = { id: 'a', host: '127.0.0.1', port: 1, username: 'u', password: 'p' };
  const program = await makeProgram(t, { brokers: { main: { url: broker.url } }, cameras: [camera] });
  const offline = check(program, '--offline');
  assert.equal((await offline.ended()).code, 0, offline.stderr);
  program.configure({ brokers: { main: { url: broker.url } }, cameras: [{ ...camera, prot: 80 }] });
  const wrong = check(program);
  assert.equal((await wrong.ended()).code, 2);
  assert.match(wrong.stderr, /cameras\[0\]\.prot.*did you mean `port`/);
});
