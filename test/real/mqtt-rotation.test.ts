// Passwords and certificates that are replaced on disk while the bridge runs: used at once, and nothing is lost.
import assert from 'node:assert/strict';
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createFleet } from '../../src/simulator/simulator.ts';
import { makeProgram } from '../support/bridge-process.ts';
import { makeCertificates } from '../support/certificates.ts';
import {
  assertDeviceOrder,
  eventsOf,
  firstsOf,
  gapsOf,
  loadOf,
  missingOf,
  noteLoad,
} from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { subscribe } from '../support/subscriber.ts';

const UNBOUNDED = 'max_queued_messages 0';

interface Rotation {
  /** Where the subscriber listens, and who it is there. */
  url: string;
  login?: { username: string; password: string };
  /** The configuration's keys of the broker, and the files beside it, made in its folder. */
  config: Record<string, unknown>;
  prepare(folder: string): void;
  rotate(folder: string): void;
  /** The broker has seen the new one. */
  isUsed(): boolean;
}

/** Rotates under load; all of it comes, in order, and no camera was disturbed. */
async function rotateUnderLoad(t: TestContext, rotation: Rotation): Promise<void> {
  const fleet = createFleet({ count: 1 });
  const [device = assert.fail()] = fleet.devices;
  t.after(() => fleet.stop());
  const { httpPort: port, rtspPort } = await device.start();
  const camera = { host: '127.0.0.1', port, rtspPort, username: 'root', password: 'pass', source: 'rtsp' };
  const program = await makeProgram(t, {
    brokers: { main: rotation.config },
    cameras: [{ id: 'loud', ...camera }],
    http: { port: await freePort() },
  });
  rotation.prepare(program.directory);
  const subscriber = await subscribe(t, rotation.url, { qos: 1, ...rotation.login });
  program.start();
  const sent = noteLoad(device);
  const ending = new AbortController();
  t.after(() => ending.abort());
  const { done } = fleet.load({ ratePerSecond: 200, signal: ending.signal });
  const events = () => eventsOf(subscriber.received, 'loud');
  await eventually('load', () => events().length > 200);
  assert.ok(!rotation.isUsed());
  rotation.rotate(program.directory);
  await eventually('the new one', rotation.isUsed);
  const before = events().length;
  await eventually('load after it', () => events().length > before + 200);
  ending.abort();
  await done;
  await eventually(
    'all of it',
    () => loadOf(events()).length >= sent.size && missingOf(sent, events()).length === 0,
  );
  assertDeviceOrder(firstsOf(events()));
  assert.deepEqual(gapsOf(subscriber.received, 'loud'), []);
}

/** As careful programs write: another file, then a rename. */
function replace(folder: string, name: string, from: string): void {
  copyFileSync(from, join(folder, `${name}.new`));
  renameSync(join(folder, `${name}.new`), join(folder, name));
}

describe('rotation while running', { ...need('mosquitto'), timeout: 240_000 }, () => {
  test('of a password file', async t => {
    const login = { username: 'viewer', password: 'v' };
    const broker = await startMosquitto(t, { config: [UNBOUNDED], users: { bridge: 'old', viewer: 'v' } });
    const connections = () => broker.log().split('as axis2mqtt-main (').length - 1;
    await rotateUnderLoad(t, {
      url: broker.url,
      login,
      config: { url: broker.url, username: 'bridge', passwordFile: 'word' },
      prepare: folder => writeFileSync(join(folder, 'word'), 'old\n'),
      rotate(folder) {
        broker.setPassword('bridge', 'new');
        writeFileSync(join(folder, 'word'), 'new\n');
      },
      isUsed: () => connections() === 2,
    });
    // The broker may throw the bridge out before the new file is read: then the old word goes out once.
    assert.ok(broker.log().split('not authorised').length <= 2, 'the old password was tried again and again');
  });

  test('of a client certificate and its key', async t => {
    const { ca, server, client } = makeCertificates(t);
    const files = [`cafile ${ca.file}`, `certfile ${server.cert.file}`, `keyfile ${server.key.file}`];
    const port = await freePort();
    const mutual = [...files, 'require_certificate true', 'use_subject_as_username true'];
    const broker = await startMosquitto(t, { config: [UNBOUNDED, `listener ${port} 127.0.0.1`, ...mutual] });
    const own = (folder: string, { cert, key }: typeof client) => {
      replace(folder, 'own.pem', cert.file);
      replace(folder, 'own.key', key.file);
    };
    await rotateUnderLoad(t, {
      url: broker.url,
      config: { url: `mqtts://127.0.0.1:${port}`, tls: { ca: 'ca.pem', cert: 'own.pem', key: 'own.key' } },
      prepare(folder) {
        replace(folder, 'ca.pem', ca.file);
        own(folder, client);
      },
      rotate: folder => own(folder, server),
      isUsed: () => broker.log().includes("u'CN=server'"),
    });
  });
});
