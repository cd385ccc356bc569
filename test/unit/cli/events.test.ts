// `axis2mqtt events` against simulated devices: what it prints, counts and records.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { runCli } from '../../../src/cli/cli.ts';
import type { Terminal } from '../../../src/cli/command.ts';
import { type CaseMeta, type Format, replay } from '../../../src/cli/events/replay.ts';
import type { DeviceOptions } from '../../../src/simulator/options.ts';
import { createDevice } from '../../../src/simulator/simulator.ts';
import { createHunt } from '../../support/canary.ts';
import { eventually } from '../../support/eventually.ts';
import { PORT } from '../../support/notification.ts';
import { tempDir } from '../../support/temp.ts';
import { createTerminal } from '../../support/terminal.ts';

interface SettingOptions {
  device?: DeviceOptions;
  camera?: object;
  terminal?: Partial<Terminal>;
}

/** A device, and the command on a configuration that names it `front`. */
async function start(t: TestContext, args: readonly string[], options: SettingOptions = {}) {
  const device = createDevice(options.device);
  const { httpPort: port, rtspPort } = await device.start();
  t.after(() => device.stop());
  const directory = await tempDir(t);
  const file = join(directory, 'axis2mqtt.yaml');
  const login = { username: 'root', password: options.device?.password ?? 'pass' };
  const camera = {
    id: 'front',
    host: '127.0.0.1',
    port,
    rtspPort,
    source: 'rtsp',
    ...login,
    ...options.camera,
  };
  writeFileSync(file, JSON.stringify({ cameras: [camera] }));
  const terminal = createTerminal(options.terminal);
  const code = runCli(['events', ...args, '--config', file], terminal);
  return { device, directory, terminal, code };
}

/** Waits until a text was printed. */
function printed(terminal: { readonly stdout: string }, text: string | RegExp): Promise<string> {
  const look = () => new RegExp(text).test(terminal.stdout) && terminal.stdout;
  return eventually(`${text} on the terminal`, look);
}

describe('events', () => {
  test('prints a line an event: operation, topic, source, data', async t => {
    const { device, terminal, code } = await start(t, ['front']);
    await printed(terminal, 'SystemReady');
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    const text = await printed(terminal, 'changed');
    assert.match(
      text,
      /^\d\d:\d\d:\d\d\.\d{3} changed +tns1:Device\/tnsaxis:IO\/Port +port=1 → state=true$/m,
    );
    assert.match(text, /initialized tns1:Device\/tnsaxis:Status\/SystemReady +→ ready=true$/m);
    assert.equal(terminal.stderr, 'online by rtsp\n');
    device.drop();
    assert.equal(await code, 1);
    assert.match(terminal.stderr, /CLOSED: /);
  });

  test('a device cannot steer the terminal, and colours are for a terminal alone', async t => {
    const evil = { data: { text: '\u001b]0;owned\u0007\u009b31m\u202egnp', more: 'x'.repeat(5000) } };
    const topic = 'tnsaxis:CameraApplicationPlatform/ALPV.AllPlates';
    const plain = await start(t, ['front']);
    const colored = await start(t, ['front'], { terminal: { color: true } });
    for (const { device, terminal, code } of [plain, colored]) {
      await printed(terminal, 'SystemReady');
      device.emit(topic, evil);
      await printed(terminal, 'AllPlates');
      device.drop();
      await code;
    }
    assert.doesNotMatch(plain.terminal.stdout, /[^\P{C}\n]/u);
    assert.match(plain.terminal.stdout, /more="x{79}… \(5002 characters\)/);
    const styles = ['0', '1', '2', '32'].map(code => `\u001b[${code}m`);
    const withoutStyle = styles.reduce((text, style) => text.replaceAll(style, ''), colored.terminal.stdout);
    assert.notEqual(withoutStyle, colored.terminal.stdout);
    assert.doesNotMatch(withoutStyle, /[^\P{C}\n]/u);
  });

  test('--json prints the payload of each event, wanted or not', async t => {
    const camera = { events: { exclude: ['**'] }, labels: { site: 'lund' } };
    const { device, terminal, code } = await start(t, ['front', '--json'], { camera });
    await printed(terminal, 'SystemReady');
    device.drop();
    await code;
    const lines = terminal.stdout.trim().split('\n');
    const events = lines.map(line => JSON.parse(line));
    const port = events.find(({ topic, source }) => topic === PORT && source.port === 2);
    assert.equal(port.device, 'front');
    assert.equal(port.serial, device.serial);
    assert.deepEqual(port.labels, { site: 'lund' });
    assert.deepEqual([port.kind, port.operation, port.active], ['property', 'initialized', false]);
  });

  test('a camera is found by its host too; another name, or none, is wrong usage', async t => {
    const byHost = await start(t, ['127.0.0.1', '--catalogue', '50ms']);
    assert.equal(await byHost.code, 0);
    for (const args of [['back'], [], ['front', 'back'], ['front', '--catalogue', 'soon']]) {
      const { code, terminal } = await start(t, args);
      assert.equal(await code, 2, args.join(' '));
      assert.notEqual(terminal.stderr, '');
    }
  });

  test('a stream that was open is not followed by another one', async t => {
    const { device, terminal, code } = await start(t, ['front'], { camera: { source: 'auto' } });
    await printed(terminal, 'SystemReady');
    device.drop();
    assert.equal(await code, 1);
    assert.match(terminal.stderr, /^online by \w+\n[A-Z]+: .*\n$/);
  });

  test('a wrong password ends it at once, tried once', async t => {
    const { device, terminal, code } = await start(t, ['front'], { camera: { password: 'wrong' } });
    assert.equal(await code, 1);
    assert.match(terminal.stderr, /^AUTH: /);
    assert.equal(device.stats.failedLogins, 1);
  });
});

describe('events --catalogue', () => {
  const args = ['front', '--catalogue', '700ms'];

  test('lists topics and sources by rate, and the events to configure', async t => {
    const { device, terminal, code } = await start(t, args);
    await eventually('a session', () => device.sessions === 1);
    device.burst(20);
    device.emit('tnsaxis:Acme/timer', { data: { tick: 1 } });
    assert.equal(await code, 0);
    const { stdout } = terminal;
    const rows = stdout.split('\n').filter(line => /tns(1|axis):/.test(line) && /property|event/.test(line));
    assert.match(
      rows[0] ?? '',
      / 21 +property +\d+ +\d+ +tns1:Device\/tnsaxis:IO\/Port +port=1 +state=false$/,
    );
    assert.match(stdout, /tnsaxis:Acme\/timer .*tick="1" \(untyped\) \(excluded by the configuration\)$/m);
    assert.match(stdout, /^ {2}include:\n {4}- "tns1:Device\/tnsaxis:IO\/Port" {2}# [\d.]+ a minute$/m);
    assert.doesNotMatch(stdout, /- "tnsaxis:Acme\/timer"/);
    assert.match(stdout, /^ {4}- "\*\*\/timer" {2}# holds back tnsaxis:Acme\/timer$/m);
  });

  test('--json says the same', async t => {
    const { device, terminal, code } = await start(t, [...args, '--json']);
    await eventually('a session', () => device.sessions === 1);
    device.burst(20);
    assert.equal(await code, 0);
    const { topics, events, seconds } = JSON.parse(terminal.stdout);
    assert.ok(seconds >= 0.69);
    const [first] = topics;
    assert.deepEqual(
      [first.topic, first.source, first.count, first.excluded],
      [PORT, { port: 1 }, 21, false],
    );
    // The longest was the first: `initialized` is a longer word than `changed`.
    const longest = { ...first.sample, operation: 'initialized' };
    assert.equal(first.size.max, Buffer.byteLength(JSON.stringify(longest)));
    assert.ok(first.size.median < first.size.max);
    assert.deepEqual(events.exclude, ['**/xinternal_data', '**/timer']);
    assert.ok(events.include.includes(PORT));
  });

  test('a stream that ends early is listed all the same', async t => {
    const { device, terminal, code } = await start(t, ['front', '--catalogue', '1h']);
    await eventually('events', () => terminal.stderr.includes('Events come'));
    device.drop();
    assert.equal(await code, 1);
    assert.match(terminal.stdout, /tns1:Device\/tnsaxis:IO\/Port/);
  });
});

describe('events --record', () => {
  /** Each case of a folder of fixtures, read. */
  function readCases(directory: string) {
    return readdirSync(directory).flatMap(format =>
      readdirSync(join(directory, format)).map(name => {
        const file = (end: string) => readFileSync(join(directory, format, name, end));
        return {
          key: `${format}/${name}`,
          format: format as Format,
          input: file(existsSync(join(directory, format, name, 'input.xml')) ? 'input.xml' : 'input.json'),
          expected: JSON.parse(file('expected.json').toString()),
          meta: JSON.parse(file('meta.json').toString()) as CaseMeta,
        };
      }),
    );
  }

  test('writes cases that replay to what is expected of them, one for each kind of document', async t => {
    const record = join(await tempDir(t), 'cases');
    const { device, code } = await start(t, ['front', '--catalogue', '500ms', '--record', record]);
    await eventually('a session', () => device.sessions === 1);
    device.burst(6);
    device.emitRaw('<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema"><tt:Event>');
    assert.equal(await code, 0);
    const cases = readCases(record);
    const keys = cases.map(({ key }) => key);
    for (const key of ['metadata/Device-IO-Port-changed', 'metadata/refused-PROTOCOL', 'metadata/empty'])
      assert.equal(keys.filter(other => other === key).length, 1, key);
    assert.ok(keys.some(key => key.startsWith('declarations/')));
    for (const { key, format, input, meta, expected } of cases)
      assert.deepEqual(JSON.parse(JSON.stringify(replay(format, input, meta))), expected, key);
    const port = cases.find(({ key }) => key === 'metadata/Device-IO-Port-changed');
    assert.deepEqual(port?.expected[0].data, { state: true });
    assert.equal(port?.meta.serial, 'ACCC8E000000');
  });

  test('writes no login, token, serial number or address', async t => {
    const hunt = createHunt();
    const serial = 'ACCC8E5EC2E7';
    const plant = (name: string) => hunt.plant(name, `root:AXIS_${serial}`);
    const password = plant('password');
    const onvif = plant('ONVIF password');
    const [token, cookie, digest] = [plant('token'), plant('cookie'), plant('digest response')];
    const topics = {
      'tnsaxis:Acme/Login': {
        user: 'root',
        url: `rtsp://root:${password}@10.11.12.13/a?wssession=${token}&x=1`,
        header: `Digest username="root", realm="AXIS_${serial}", nonce="abc", response="${digest}"`,
        basic: `Basic ${Buffer.from(`root:${password}`).toString('base64')}`,
        escaped: `"${onvif}"`,
        accessToken: token,
        Cookie: cookie,
      },
      [`tnsaxis:Acme/Net-${serial}`]: {
        mac: 'ac:cc:8e:5e:c2:e7',
        dashed: 'AC-CC-8E-5E-C2-E7',
        host: `axis-${serial.toLowerCase()}.local`,
        peer: '10.11.12.13 and [fe80::aecc:8eff:fe5e:c2e7]',
        id: '12345678-1234-1234-1234-accc8e5ec2e7',
        long: `k${'9f'.repeat(40)}`,
      },
    };
    const record = join(await tempDir(t), 'cases');
    const { device, code, terminal } = await start(t, ['front', '--catalogue', '500ms', '--record', record], {
      device: { serial, password },
      camera: { onvif: { username: 'root', password: onvif } },
    });
    await eventually('a session', () => device.sessions === 1);
    for (const [topic, data] of Object.entries(topics)) device.emit(topic, { data });
    assert.equal(await code, 0);
    assert.match(terminal.stderr, /\d+ cases in /);
    hunt.addFolder(record, []);
    assert.deepEqual(hunt.found(), []);
    assert.ok(hunt.size() > 5000);
    const cases = readCases(record);
    const written = cases.map(({ key, input, expected, meta }) =>
      [key, input, JSON.stringify(expected), JSON.stringify(meta)].join('\n'),
    );
    const text = written.join('\n');
    assert.match(text, /Acme-Login/);
    assert.match(text, /Acme-Net/);
    for (const secret of [
      /ac.?cc.?8e.?5e.?c2.?e7/i,
      /10\.11\.12\.13/,
      /fe80/i,
      /9f9f/,
      /\broot\b/,
      /12345678-/,
    ])
      assert.doesNotMatch(text, secret);
  });

  test('a pull point gives cases of its own format', async t => {
    const record = join(await tempDir(t), 'cases');
    const camera = { source: 'pullpoint' };
    const { code, terminal } = await start(t, ['front', '--catalogue', '1s', '--record', record], { camera });
    assert.equal(await code, 0, terminal.stderr);
    assert.match(terminal.stderr, /^online by pullpoint$/m);
    const pulled = readCases(record).filter(({ format }) => format === 'pull');
    assert.ok(pulled.some(({ expected }) => expected.length > 5));
  });

  test('--keep-serial leaves the serial number', async t => {
    const record = join(await tempDir(t), 'cases');
    const args = ['front', '--catalogue', '300ms', '--record', record, '--keep-serial'];
    const { device, code } = await start(t, args);
    assert.equal(await code, 0);
    const cases = readCases(record);
    assert.ok(cases.length > 5);
    for (const { meta } of cases) assert.equal(meta.serial, device.serial);
  });
});
