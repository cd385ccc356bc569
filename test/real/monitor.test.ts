// `axis2mqtt monitor` as a program at mosquitto: what it shows, as whom it comes, and how it ends.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { connectAsync } from 'mqtt';
import { makeProgram, type Run } from '../support/bridge-process.ts';
import { available, makeSetting, nextEvent } from '../support/bridge-setting.ts';
import { eventually } from '../support/eventually.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';

function prints(run: Run, text: RegExp): Promise<string> {
  return eventually(`${text} on the terminal`, () => text.exec(run.stdout)?.[0]);
}

function connected(run: Run): Promise<boolean> {
  return eventually('its connection', () => run.stderr.includes('MQTT'));
}

async function startPublisher(t: TestContext, url: string, login: object = {}) {
  const client = await connectAsync(url, { reconnectPeriod: 50, ...login });
  t.after(() => client.endAsync(true));
  return client;
}

describe('monitor', { ...need('mosquitto'), concurrency: 3, timeout: 240_000 }, () => {
  test('shows what a running bridge publishes, what was retained and what is new', async t => {
    const { program, device, broker, subscriber } = await makeSetting(t);
    program.start();
    await nextEvent(subscriber, ({ topic, source }) => topic === PORT && source['port'] === 1);
    const run = program.start(['monitor', '--config', program.file]);
    await prints(run, /^[\d:.]{12} entrance +online +by rtsp +→ .*\(retained\)$/m);
    await prints(
      run,
      /^[\d:.]{12} entrance +initialized Device\/IO\/Port +port=1 → state=false \(retained\)$/m,
    );
    await prints(run, /^[\d:.]{12} bridge +online +main\/state \(retained\)$/m);
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await prints(run, /^[\d:.]{12} entrance +changed +Device\/IO\/Port +port=1 → state=true$/m);
    assert.match(run.stderr, /^mqtt:\/\/127\.0\.0\.1:\d+ \(MQTT 5\): axis2mqtt\/#$/m);
    assert.match(broker.log(), /New client connected .* as axis2mqtt-main-monitor-[0-9a-f]{8} /);
    assert.deepEqual(await run.end('SIGINT'), { code: 0, signal: null });
  });

  test('--device, --topic, --kind and --no-retained each leave out the rest', async t => {
    const { program, device, subscriber } = await makeSetting(t);
    program.start();
    await available(subscriber, 'online');
    const start = (...args: string[]) =>
      program.start(['monitor', '--config', program.file, '--json', ...args]);
    const runs = {
      device: start('--device', 'back*'),
      topic: start('--topic', 'tns1:Device/**'),
      kind: start('--kind', 'availability,bridge'),
      fresh: start('--no-retained', '--device', 'entr*ce'),
    };
    await Promise.all(Object.values(runs).map(connected));
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await prints(runs.fresh, /"operation":"changed"/);
    await prints(runs.topic, /"operation":"changed"/);
    await prints(runs.kind, /"state":"online"/);
    const shown = (run: Run) =>
      run.stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line));
    assert.equal(runs.device.stdout, '');
    for (const { payload } of shown(runs.topic)) assert.match(payload.topic, /^tns1:Device\//);
    for (const { topic } of shown(runs.kind)) assert.match(topic, /\/availability$|\/bridge\//);
    for (const { retain, topic, properties, qos } of shown(runs.fresh)) {
      assert.deepEqual([retain, qos], [false, 1]);
      assert.match(topic, /^axis2mqtt\/entrance\//);
      assert.equal(properties.contentType, 'application/json');
    }
    await Promise.all(Object.values(runs).map(run => run.end()));
  });

  test('--url needs no configuration; another account by --password-file; topic filters of one’s own', async t => {
    const broker = await startMosquitto(t, { users: { reader: 'read-word', bridge: 'bridge-word' } });
    const program = await makeProgram(t);
    writeFileSync(join(program.directory, 'word'), 'read-word\n');
    const login = ['--username', 'reader', '--password-file', 'word'];
    const run = program.start(['monitor', '--url', broker.url, ...login, 'other/+', 'more']);
    await connected(run);
    const publisher = await startPublisher(t, broker.url, { username: 'bridge', password: 'bridge-word' });
    await publisher.publishAsync('axis2mqtt/yard/gap', 'not asked for', { qos: 1 });
    await publisher.publishAsync('other/x', 'first', { qos: 1 });
    await publisher.publishAsync('more', '\u001b[2Jsecond', { qos: 1 });
    await prints(run, / other +more +→ \\u001b\[2Jsecond$/m);
    assert.match(run.stdout, / other +other\/x +→ first$/m);
    assert.doesNotMatch(run.stdout, /not asked for/);
    await run.end();
  });

  test('goes on after the broker was away, and says so', async t => {
    const broker = await startMosquitto(t);
    const program = await makeProgram(t);
    const run = program.start(['monitor', '--url', broker.url]);
    await connected(run);
    await broker.kill();
    await eventually('the loss', () => /^[A-Z]+: .*; tries again in \d+ s$/m.test(run.stderr));
    await broker.start();
    await eventually('the second connection', () => run.stderr.match(/\(MQTT 5\)/g)?.length === 2);
    const publisher = await startPublisher(t, broker.url);
    await publisher.publishAsync('axis2mqtt/yard/command/siren', 'again', { qos: 1 });
    await prints(run, / yard +command +siren +→ again$/m);
    await run.end();
  });

  test('what cannot be watched ends it at once: 1 for the broker, 2 for the configuration', async t => {
    const broker = await startMosquitto(t, { users: { reader: 'word' } });
    const program = await makeProgram(t, {
      brokers: { main: { url: broker.url } },
      cameras: [{ host: '192.0.2.1', username: 'u', password: 'p' }],
    });
    const config = ['--config', program.file];
    const cases: [args: string[], code: number, said: RegExp][] = [
      [config, 1, /^BROKER_AUTH: /],
      [['--url', 'mqtt://127.0.0.1:1'], 1, /^UNREACHABLE: /],
      [[...config, '--broker', 'second'], 2, /no broker "second" .*there are: main/],
    ];
    for (const [args, code, said] of cases) {
      const run = program.start(['monitor', ...args]);
      assert.deepEqual(await run.ended(), { code, signal: null }, args.join(' '));
      assert.match(run.stderr, said);
    }
  });

  test('--seconds ends it', async t => {
    const broker = await startMosquitto(t);
    const run = (await makeProgram(t)).start(['monitor', '--url', broker.url, '--seconds', '1']);
    assert.deepEqual(await run.ended(), { code: 0, signal: null });
  });
});
