// The embedded broker where its port is somebody else's: nothing goes to a stranger, neither a password nor a message.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createDevice } from '../../src/simulator/simulator.ts';
import { makeProgram } from '../support/bridge-process.ts';
import { startCamera } from '../support/bridge-setting.ts';
import { eventsOf } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, freePorts } from '../support/free-port.ts';
import { subscribe } from '../support/subscriber.ts';

const LOGIN = { username: 'bridge', password: 'only-for-the-bridge' };

/** Listens as whoever was there first, and counts who comes. */
async function startStranger(t: TestContext) {
  const sockets = new Set<Socket>();
  let connections = 0;
  let said = '';
  const server = createServer(socket => {
    connections += 1;
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', chunk => {
      said += chunk.toString('latin1');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const leave = async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await once(server.close(), 'close');
  };
  t.after(leave);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, leave, connections: () => connections, said: () => said };
}

test('a taken port is an error, nothing connects to it, and all flows once it is free', {
  timeout: 240_000,
}, async t => {
  const stranger = await startStranger(t);
  const device = createDevice(await freePorts());
  t.after(() => device.stop());
  const camera = await startCamera(device, 'entrance');
  const httpPort = await freePort();
  const program = await makeProgram(t, {
    bridge: { dataDir: './data' },
    brokers: { main: { url: `embedded://127.0.0.1:${stranger.port}`, ...LOGIN } },
    cameras: [{ ...camera, commands: ['siren'] }],
    // Readers and publisher alike.
    triggers: [{ name: 'any', topic: 'a/b', do: [{ publish: { topic: 'b/c', payload: 1 } }] }],
    homeAssistant: true,
    http: { port: httpPort },
  });
  const check = program.start(['check', '--config', program.file]);
  await check.ended();
  assert.match(check.stdout, /warning: LISTEN: .*:\d+: the port is in use/);
  const run = program.start();
  const error = await eventually('the error', () => run.log().find(({ code }) => code === 'LISTEN'));
  assert.equal(error['level'], 50);
  const ready = await fetch(`http://127.0.0.1:${httpPort}/ready`);
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /"LISTEN".*its port cannot be listened on/);
  await eventually('the camera is heard', () => run.log().find(({ msg }) => msg === 'heard'));
  assert.equal(stranger.connections(), 0);
  await stranger.leave();
  await eventually('it listens', () => run.stdout.includes('the embedded broker listens'));
  const url = `mqtt://127.0.0.1:${stranger.port}`;
  const subscriber = await subscribe(t, url, { ...LOGIN, protocolVersion: 4 });
  await eventually('states', () => eventsOf(subscriber.received, 'entrance').length > 5);
  assert.equal(stranger.connections(), 0);
  assert.deepEqual(await run.end(), { code: 0, signal: null });
});

test('a bridge whose embedded broker never listens ends in good order', { timeout: 60_000 }, async t => {
  const stranger = await startStranger(t);
  const program = await makeProgram(t, {
    brokers: { main: { url: `embedded://127.0.0.1:${stranger.port}`, ...LOGIN } },
    cameras: [],
    http: false,
  });
  const run = program.start();
  await eventually('the error', () => run.stdout.includes('cannot listen'));
  assert.deepEqual(await run.end(), { code: 0, signal: null });
  assert.ok(!run.stdout.includes('the embedded broker listens'));
  assert.equal(stranger.connections(), 0);
});

test('monitor does not tell whoever listens there the password, and is let in by the bridge', {
  timeout: 120_000,
}, async t => {
  const stranger = await startStranger(t);
  const program = await makeProgram(t, {
    brokers: { main: { url: `embedded://127.0.0.1:${stranger.port}`, ...LOGIN } },
    cameras: [],
    http: false,
  });
  const watching = program.start(['monitor', '--config', program.file]);
  await eventually('it asks', () => stranger.said().includes('proof:'));
  await watching.end('SIGINT');
  assert.ok(!stranger.said().includes(LOGIN.password));
  await stranger.leave();
  const run = program.start();
  await eventually('the bridge', () => run.stdout.includes('connected to the broker'));
  const second = program.start(['monitor', '--config', program.file]);
  await eventually('its state', () => second.stdout.includes('bridge'));
});

test('the demo does not begin where its port is taken', { timeout: 60_000 }, async t => {
  const stranger = await startStranger(t);
  const program = await makeProgram(t);
  const run = program.start(['demo', '--port', String(stranger.port)]);
  assert.deepEqual(await run.ended(), { code: 2, signal: null });
  assert.match(run.stderr, /CONFIG: --port \d+: .*EADDRINUSE/);
  assert.equal(stranger.connections(), 0);
});
