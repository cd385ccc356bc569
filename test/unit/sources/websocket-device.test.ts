// The WebSocket source and a simulated device, which share no codec: what both understand the same way.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createDevice } from '../../../src/simulator/device.ts';
import type { DeviceOptions } from '../../../src/simulator/options.ts';
import type { SourceContext } from '../../../src/sources/source.ts';
import { websocket } from '../../../src/sources/websocket/websocket.ts';
import { secret } from '../../../src/util/secret.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { ends, listen as listenTo, until } from '../../support/listen.ts';
import { need } from '../../support/need.ts';
import { scriptedAddress } from '../../support/scripted-rtsp.ts';

const STATES = 12;
const PORT = 'tns1:Device/tnsaxis:IO/Port';

async function start(t: TestContext, options: DeviceOptions = {}) {
  const device = createDevice(options);
  t.after(() => device.stop());
  const { httpPort, httpsPort } = await device.start();
  const https = httpsPort !== undefined;
  return { device, address: scriptedAddress(554, { port: httpsPort ?? httpPort, https }) };
}

async function listen(t: TestContext, options: DeviceOptions = {}, changes: Partial<SourceContext> = {}) {
  const { device, address } = await start(t, options);
  return { device, ...listenTo(t, { source: websocket, address, ...changes }) };
}

describe('a device', () => {
  const kinds: [what: string, options: DeviceOptions][] = [
    ['with Digest by MD5', {}],
    ['with Digest by SHA-256', { auth: { http: { algorithms: ['SHA-256', 'MD5'], oneHeader: true } } }],
    ['whose nonces count once', { auth: { http: { nonceUses: 1, exactNc: true } } }],
    ['without a login', { auth: { http: { schemes: [] } } }],
    ['that wants a token', { websocket: { tokenOnly: 401 } }],
    ['that refuses to give everything', { websocket: { refuseCatchAll: true } }],
    ['that refuses all but single topics', { websocket: { refuseCatchAll: true, refuseUnions: true } }],
    ['that writes byte by byte', { oddities: { chunkBytes: 1 } }],
  ];
  for (const [what, options] of kinds) {
    test(`${what} tells its states and what happens, once each`, async t => {
      const { device, emitted, unreadable } = await listen(t, options);
      await until(() => emitted.length === STATES);
      device.emit(
        PORT,
        { source: { port: 2 }, data: { state: true } },
        { time: '2026-11-22T08:00:00.123456Z' },
      );
      await until(() => emitted.length === STATES + 1);
      assert.deepEqual(emitted.at(-1), {
        topic: PORT,
        time: '2026-11-22T08:00:00.123Z',
        source: [{ name: 'port', value: '2' }],
        key: [],
        data: [{ name: 'state', value: '1' }],
      });
      assert.deepEqual(unreadable, []);
      assert.ok(device.stats.failedLogins === 0);
    });
  }

  test('is asked for no more than is wanted', async t => {
    const { device, emitted } = await listen(t, {}, { include: ['tns1:Device/tnsaxis:IO/**'] });
    await until(() => emitted.length === 3);
    device.emit('tnsaxis:Storage/Alert', { source: { disk_id: 'SD_DISK' }, data: { alert: true } });
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await until(() => emitted.length === 4);
    assert.deepEqual(
      new Set(emitted.map(({ topic }) => topic)),
      new Set([PORT, 'tns1:Device/tnsaxis:IO/VirtualInput']),
    );
  });

  test('that has no time tells none', async t => {
    const { emitted } = await listen(t, { websocket: { noTimestamp: true } });
    await until(() => emitted.length === STATES);
    assert.ok(emitted.every(({ time }) => time === null));
  });

  test(
    'whose certificate is accepted is heard over TLS, with Basic, and a stranger gets nothing',
    need('openssl'),
    async t => {
      const { ca, server } = makeCertificates(t);
      const { device, address } = await start(t, { tls: { key: server.key.text, cert: server.cert.text } });
      const known = listenTo(t, { source: websocket, address: { ...address, tls: { ca: ca.text } } });
      await until(() => known.emitted.length === STATES);
      assert.equal(known.opened[0]?.realm, 'AXIS_ACCC8E000001');
      const before = device.stats.seen.length;
      await ends(listenTo(t, { source: websocket, address }).done, 'TLS');
      assert.equal(device.stats.seen.length, before);
    },
  );

  test('is sent a wrong password once', async t => {
    const { device, address } = await start(t);
    await ends(
      listenTo(t, { source: websocket, address: { ...address, password: secret('wrong') } }).done,
      'AUTH',
    );
    assert.equal(device.stats.failedLogins, 1);
  });
});

describe('trouble', () => {
  test('a device that stalls is noticed, whatever was on its way', async t => {
    const { device, emitted, done, clock } = await listen(t);
    await until(() => emitted.length === STATES);
    device.halfPacket();
    device.stall();
    let ended = false;
    done.catch(() => {
      ended = true;
    });
    for (let seconds = 0; seconds < 42 && !ended; seconds++) await clock.advance(1000);
    await ends(done, 'STALLED');
  });

  test('a message in halves comes with the second', async t => {
    const { device, emitted } = await listen(t);
    await until(() => emitted.length === STATES);
    const half = device.halfPacket();
    half.complete();
    await until(() => emitted.length === STATES + 1);
  });

  test('nonsense is passed over', async t => {
    const { device, emitted, unreadable } = await listen(t);
    await until(() => emitted.length === STATES);
    device.garbage();
    device.emitRaw('<tt:MetadataStream/>');
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await until(() => emitted.length === STATES + 1);
    assert.equal(unreadable.length, 2);
  });

  test('a device that goes is CLOSED, and a stop leaves none of its connections', async t => {
    const gone = await listen(t);
    await until(() => gone.emitted.length === STATES);
    gone.device.drop();
    await ends(gone.done, 'CLOSED');
    const stopped = await listen(t);
    await until(() => stopped.emitted.length === STATES);
    stopped.stop();
    await stopped.done;
    await until(() => stopped.device.connections === 0);
    assert.equal(stopped.clock.waiting(), 0);
  });
});
