// The RTSP source against GStreamer's RTSP server, which Axis devices run.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Notification, Unreadable } from '../../src/event.ts';
import { rtsp } from '../../src/sources/rtsp/rtsp.ts';
import { systemClock } from '../../src/util/clock.ts';
import { isBridgeError } from '../../src/util/errors.ts';
import { createLog } from '../../src/util/log.ts';
import { secret } from '../../src/util/secret.ts';
import type { DeviceAddress } from '../../src/vapix/address.ts';
import { makeCertificates } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { type GstRtspOptions, type GstRtspServer, needGstRtsp, startGstRtsp } from '../support/gst-rtsp.ts';
import { portDocument, scriptedAddress } from '../support/scripted-rtsp.ts';

const LONG = portDocument('2', 'x'.repeat(3000));
const LOGIN = { username: 'root', password: 'pass' };
const DOCUMENTS = [
  [portDocument('1')],
  [LONG.slice(0, 1400), LONG.slice(1400, 2800), LONG.slice(2800)],
  [portDocument('3')],
];

function start(t: TestContext, changes: Partial<GstRtspOptions> = {}): Promise<GstRtspServer> {
  return startGstRtsp(t, { documents: DOCUMENTS, ...LOGIN, ...changes });
}

function listen(t: TestContext, address: DeviceAddress) {
  const abort = new AbortController();
  const emitted: Notification[] = [];
  const opened: { realm: string | undefined; date: string | undefined }[] = [];
  const counts = new Map<string, number>();
  const unreadable: Unreadable[] = [];
  const done = rtsp({
    address,
    include: ['tns1:Device/**'],
    clock: systemClock,
    log: createLog({ level: 'silent' }),
    signal: abort.signal,
    opened: detail => void opened.push(detail),
    emit: async notification => void emitted.push(notification),
    caughtUp: () => undefined,
    count: (counter, by = 1) => void counts.set(counter, (counts.get(counter) ?? 0) + by),
    unreadable: what => void unreadable.push(what),
    missed: () => undefined,
  });
  done.catch(() => undefined);
  t.after(() => abort.abort());
  return { emitted, opened, counts, unreadable, done, stop: () => abort.abort() };
}

async function receives(
  { emitted, done }: { emitted: Notification[]; done: Promise<void> },
  count: number,
): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (emitted.length < count && performance.now() < deadline) await Promise.race([setTimeout(10), done]);
  assert.ok(emitted.length >= count, `${emitted.length} events`);
}

describe("GStreamer's RTSP server", needGstRtsp(), () => {
  test('is logged in to with Digest and heard, documents of several packets too', async t => {
    const server = await start(t);
    const listening = listen(t, scriptedAddress(server.port));
    await receives(listening, 30);
    const [first, second, third] = listening.emitted.map(({ source, data }) => [
      source[0]?.value,
      String(data[0]?.value).length,
    ]);
    assert.deepEqual(
      [first, second, third],
      [
        ['1', 1],
        ['2', 3000],
        ['3', 1],
      ],
    );
    assert.deepEqual(listening.unreadable, []);
    assert.equal(listening.counts.get('rtpGaps'), undefined);
    assert.equal(listening.opened[0]?.realm, 'AXIS_ACCC8E012345');
    listening.stop();
    await listening.done;
    await eventually('the session is removed', () => server.said.length === 2);
    assert.deepEqual(server.said, ['session opened', 'session removed']);
  });

  test('refuses a wrong password, which is AUTH', async t => {
    const server = await start(t);
    const { done } = listen(t, scriptedAddress(server.port, { password: secret('wrong') }));
    await assert.rejects(done, error => isBridgeError(error) && error.code === 'AUTH');
  });

  test('is heard over TLS, once its certificate is accepted', async t => {
    const { ca, server: own } = makeCertificates(t);
    const pem = `${own.cert.file}.both`;
    writeFileSync(pem, own.cert.text + own.key.text);
    const server = await start(t, { pem });
    const listening = listen(t, scriptedAddress(server.port, { https: true, tls: { ca: ca.text } }));
    await receives(listening, 6);
    const stranger = listen(t, scriptedAddress(server.port, { https: true }));
    await assert.rejects(stranger.done, error => isBridgeError(error) && error.code === 'TLS');
  });

  test('answers the pings of a session with a short timeout', async t => {
    const server = await start(t, { timeout: 2 });
    const listening = listen(t, scriptedAddress(server.port));
    await receives(listening, 1);
    await Promise.race([setTimeout(8000), listening.done]);
    assert.deepEqual(server.said, ['session opened']);
    await receives(listening, listening.emitted.length + 10);
  });

  test('that dies ends the source with CLOSED', async t => {
    const ends: (() => unknown)[] = [];
    t.after(() => Promise.all(ends.map(end => end())));
    const server = await startGstRtsp(
      { after: end => void ends.push(end as () => unknown) },
      { documents: DOCUMENTS, ...LOGIN },
    );
    const listening = listen(t, scriptedAddress(server.port));
    await receives(listening, 1);
    for (const end of ends) await end();
    await assert.rejects(listening.done, error => isBridgeError(error) && error.code === 'CLOSED');
  });
});
