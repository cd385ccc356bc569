import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Notification } from '../../../src/event.ts';
import { createAuthenticator } from '../../../src/protocol/digest.ts';
import { rtsp } from '../../../src/sources/rtsp.ts';
import { createRtspConnection } from '../../../src/sources/rtsp-connection.ts';
import { pingInterval } from '../../../src/sources/rtsp-session.ts';
import { eventStreamUrl } from '../../../src/sources/rtsp-url.ts';
import type { SourceContext } from '../../../src/sources/source.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { type ErrorCode, fail, isBridgeError } from '../../../src/util/errors.ts';
import { createLog } from '../../../src/util/log.ts';
import { secret } from '../../../src/util/secret.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import {
  answerWith,
  CHALLENGE,
  deviceScript,
  metadataFrame,
  portDocument,
  type ScriptedRtsp,
  scriptedAddress,
  serveScript,
} from '../../support/scripted-rtsp.ts';

interface Listening {
  emitted: Notification[];
  opened: { realm?: string; date?: string }[];
  counts: Map<string, number>;
  /** Settles with the source. */
  done: Promise<void>;
  stop(): void;
  clock: ReturnType<typeof createFakeClock>;
}

function listen(
  t: TestContext,
  server: Pick<ScriptedRtsp, 'address'>,
  changes: Partial<SourceContext> = {},
): Listening {
  const abort = new AbortController();
  const clock = createFakeClock();
  const emitted: Notification[] = [];
  const opened: Listening['opened'] = [];
  const counts = new Map<string, number>();
  const done = rtsp({
    address: server.address,
    include: ['**'],
    clock,
    log: createLog({ level: 'silent' }),
    signal: abort.signal,
    opened: detail => void opened.push(detail),
    async emit(notification) {
      assert.equal(opened.length, 1);
      emitted.push(notification);
    },
    count: (counter, by = 1) => void counts.set(counter, (counts.get(counter) ?? 0) + by),
    ...changes,
  });
  done.catch(() => undefined);
  t.after(() => abort.abort());
  return { emitted, opened, counts, done, stop: () => abort.abort(), clock };
}

async function until(what: () => boolean): Promise<void> {
  for (let turn = 0; turn < 400 && !what(); turn++) await setTimeout(5);
  assert.ok(what(), what.toString());
}

function ends(done: Promise<void>, code: ErrorCode, detail = /./): Promise<void> {
  return assert.rejects(
    done,
    error => isBridgeError(error) && error.code === code && detail.test(error.message),
  );
}

const ports = (emitted: readonly Notification[]) => emitted.map(({ source }) => source[0]?.value);

describe('the dialogue', () => {
  test('logs in when asked to, sets the stream up and plays it', async t => {
    const server = await serveScript(t, deviceScript());
    const { opened } = listen(t, server);
    await until(() => opened.length === 1);
    const url = `rtsp://127.0.0.1:${server.address.rtspPort}/axis-media/media.amp?video=0&audio=0&event=on`;
    const track = url.replace('media.amp?', 'media.amp/stream=0?');
    assert.deepEqual(
      server.requests.map(request => [request.method, request.url, request.headers.has('authorization')]),
      [
        ['DESCRIBE', url, false],
        ['DESCRIBE', url, true],
        ['SETUP', track, true],
        ['PLAY', url, true],
      ],
    );
    for (const { url: target, headers } of server.requests.slice(1)) {
      assert.ok(headers.get('authorization')?.includes(`uri="${target}"`));
    }
    const [, , setup, play] = server.requests.map(({ headers }) => headers);
    assert.equal(setup?.get('transport'), 'RTP/AVP/TCP;unicast;interleaved=0-1');
    assert.equal(setup?.get('blocksize'), '64000');
    assert.equal(play?.get('session'), 'ghLlkf_I9pCBP24t');
    assert.deepEqual(opened, [{ realm: 'AXIS_ACCC8E012345', date: 'Sat, 12 Dec 2020 10:44:25 GMT' }]);
  });

  test('answers the challenge of PROTOCOLS 1.3 as a device computed it', async t => {
    const server = await serveScript(t, request => {
      const known = request.headers.has('authorization');
      return answerWith(request, known ? '200 OK' : '401 Unauthorized', known ? [] : [CHALLENGE]);
    });
    const socket = connect(server.address.rtspPort, '127.0.0.1');
    await once(socket, 'connect');
    t.after(() => socket.destroy());
    const authenticator = createAuthenticator({
      username: 'root',
      password: secret('pass'),
      allowBasic: false,
    });
    const ignore = () => undefined;
    const connection = createRtspConnection({
      socket,
      authenticator,
      clock: systemClock,
      who: 'it',
      onFrame: ignore,
      onBytes: ignore,
    });
    const url = 'rtsp://127.0.0.1/axis-media/media.amp?video=0&audio=0&event=on';
    for (const method of ['DESCRIBE', 'SETUP', 'PLAY'])
      await connection.request({ method, url, headers: {} });
    connection.destroy();
    const answers = server.requests
      .slice(1)
      .map(({ headers }) => /response="(\w+)"/.exec(headers.get('authorization') ?? '')?.[1]);
    assert.deepEqual(answers, [
      '909e6c215f6b0f350147a81ae3980018',
      '3c4d88afefd4ab931f6db658326d60c2',
      '1c882325f7733b0d48d177ee8a0e6b2a',
    ]);
  });

  test('asks for the wanted topics, and for everything where the device does not take the filter', async t => {
    const describe = (request: { url: string }) =>
      request.url.includes('eventtopic')
        ? answerWith(server.requests.at(-1) ?? assert.fail(), '400 Bad Request')
        : undefined;
    const plain = deviceScript();
    const filtered = deviceScript({ DESCRIBE: request => describe(request) ?? plain(request) });
    const server = await serveScript(t, filtered);
    const { opened } = listen(t, server, { include: ['tns1:Device/**'] });
    await until(() => opened.length === 1);
    assert.match(server.requests[0]?.url ?? '', /&event=on&eventtopic=onvif:Device\/\/\.$/);
    assert.match(server.requests.at(-1)?.url ?? '', /&event=on$/);
  });

  test('uses the channel that the device names, and the URL form for each host', async t => {
    const setup = (request: Parameters<typeof answerWith>[0]) =>
      answerWith(request, '200 OK', ['Transport: RTP/AVP/TCP;unicast;interleaved=4-5', 'Session: s']);
    const server = await serveScript(t, deviceScript({ SETUP: setup }));
    const { opened, emitted } = listen(t, server);
    await until(() => opened.length === 1);
    server.send(
      Buffer.concat([metadataFrame(portDocument('0')), metadataFrame(portDocument('4'), { channel: 4 })]),
    );
    await until(() => emitted.length === 1);
    assert.deepEqual(ports(emitted), ['4']);
    assert.equal(
      eventStreamUrl(scriptedAddress(554, { host: 'cam' }), []),
      'rtsp://cam/axis-media/media.amp?video=0&audio=0&event=on',
    );
    assert.match(
      eventStreamUrl(scriptedAddress(322, { host: '::1', https: true }), []),
      /^rtsps:\/\/\[::1\]:322\//,
    );
  });
});

describe('events', () => {
  test('come whole and in order, from one packet or several, in any split, with answers between them', async t => {
    const server = await serveScript(t, deviceScript());
    const { opened, emitted, counts, clock } = listen(t, server);
    await until(() => opened.length === 1);
    const long = portDocument('2');
    const frames = [
      metadataFrame(portDocument('1')),
      metadataFrame(long.slice(0, 300), { marker: false }),
      Buffer.from([0x24, 1, 0, 4, 0x80, 0xc8, 0, 0]),
      metadataFrame(long.slice(300)),
      metadataFrame(
        portDocument('3').replace(
          '</tt:Event>',
          `</tt:Event>${portDocument('4').match(/<tt:Event>.*<\/tt:Event>/)}`,
        ),
      ),
    ];
    for (const byte of Buffer.concat(frames)) server.send(Buffer.from([byte]));
    await clock.advance(10_000);
    await until(() => emitted.length === 4);
    assert.deepEqual(ports(emitted), ['1', '2', '3', '4']);
    assert.equal(counts.get('documents'), 3);
    assert.ok((counts.get('bytes') ?? 0) > 1000);
  });

  test('that come with the answer to PLAY wait until the stream is open', async t => {
    const play = (request: Parameters<typeof answerWith>[0]) =>
      answerWith(request, '200 OK') + metadataFrame(portDocument('7')).toString('latin1');
    const server = await serveScript(t, request => {
      const answer = deviceScript({ PLAY: play })(request);
      return answer === undefined ? undefined : Buffer.from(answer, 'latin1');
    });
    const { emitted } = listen(t, server);
    await until(() => emitted.length === 1);
    assert.deepEqual(ports(emitted), ['7']);
  });

  test('go on after a document that cannot be read and after a gap, which are counted', async t => {
    const server = await serveScript(t, deviceScript());
    const warnings: unknown[] = [];
    const log = { ...createLog({ level: 'silent' }), warn: (detail: unknown) => void warnings.push(detail) };
    const { opened, emitted, counts, clock } = listen(t, server, {
      log: Object.assign(createLog({ level: 'silent' }), log),
    });
    await until(() => opened.length === 1);
    for (let index = 0; index < 3; index++) server.send(metadataFrame('<tt:MetadataStream>'));
    server.send(metadataFrame(portDocument('1'), { skip: 3 }));
    server.send(metadataFrame(portDocument('2')));
    await until(() => emitted.length === 1);
    assert.deepEqual(ports(emitted), ['2']);
    assert.equal(counts.get('badDocuments'), 3);
    assert.equal(counts.get('rtpGaps'), 1);
    assert.equal(warnings.length, 1);
    await clock.advance(60_000);
    assert.deepEqual(
      warnings.map(warning => (warning as { documents: number }).documents),
      [1, 2],
    );
  });

  test('are read no faster than they are taken: 64 at once, and the rest once there is room', async t => {
    const server = await serveScript(t, deviceScript());
    const open: (() => void)[] = [];
    let most = 0;
    const { opened, counts } = listen(t, server, {
      emit: () =>
        new Promise(resolve => {
          open.push(resolve);
          most = Math.max(most, open.length);
        }),
    });
    await until(() => opened.length === 1);
    const total = 30_000;
    let sent = 0;
    const frame = () => metadataFrame(portDocument(String(sent++)));
    while (sent < total) server.send(frame());
    await until(() => open.length === 64);
    const read = () => counts.get('bytes') ?? 0;
    for (let before = -1; before !== read(); await setTimeout(200)) before = read();
    assert.ok(read() < 1_000_000, `${read()} bytes were read`);
    let taken = 0;
    while (taken < total) {
      for (const resolve of open.splice(0)) {
        resolve();
        taken++;
      }
      await setTimeout(0);
    }
    assert.equal(most, 64);
  });

  test('that cannot be kept end the stream with that error', async t => {
    const server = await serveScript(t, deviceScript());
    const { opened, done } = listen(t, server, { emit: () => Promise.reject(fail('STORE', 'disk full')) });
    await until(() => opened.length === 1);
    server.send(metadataFrame(portDocument('1')));
    await ends(done, 'STORE', /disk full/);
  });
});

describe('a refusal', () => {
  const cases: [method: string, status: string, code: ErrorCode][] = [
    ['DESCRIBE', '302 Moved Temporarily', 'REDIRECT'],
    ['DESCRIBE', '403 Forbidden', 'FORBIDDEN'],
    ['DESCRIBE', '404 Not Found', 'NOT_FOUND'],
    ['DESCRIBE', '503 Service Unavailable', 'BUSY'],
    ['DESCRIBE', '400 Bad Request', 'REFUSED'],
    ['SETUP', '461 Unsupported Transport', 'UNSUPPORTED'],
    ['SETUP', '453 Not Enough Bandwidth', 'BUSY'],
    ['PLAY', '454 Session Not Found', 'CLOSED'],
    ['PLAY', '500 Internal Server Error', 'REFUSED'],
  ];
  for (const [method, status, code] of cases) {
    test(`of ${method} with ${status} is ${code}`, async t => {
      const answer = (request: Parameters<typeof answerWith>[0]) =>
        answerWith(request, status, ['Location: rtsp://192.0.2.9/', 'Retry-After: 7']);
      const server = await serveScript(t, deviceScript({ [method]: answer }));
      const { done } = listen(t, server);
      await ends(done, code, new RegExp(status.slice(0, 3)));
      await assert.rejects(done, { retryAfter: 7 });
    });
  }

  test('of the login is AUTH after one answer, whatever the nonces', async t => {
    let nonce = 0;
    const server = await serveScript(t, request =>
      answerWith(request, '401 Unauthorized', [CHALLENGE.replace('0000', String(nonce++))]),
    );
    await ends(listen(t, server).done, 'AUTH');
    assert.equal(server.requests.length, 2);
  });

  test('to take more than Basic in clear is INSECURE, and the password stays here', async t => {
    const server = await serveScript(t, request =>
      answerWith(request, '401 Unauthorized', ['WWW-Authenticate: Basic realm="a"']),
    );
    await ends(listen(t, server).done, 'INSECURE');
    assert.equal(server.requests.length, 1);
  });

  test('to send over TCP, and a device without metadata, are UNSUPPORTED', async t => {
    const setup = deviceScript({
      SETUP: request => answerWith(request, '200 OK', ['Session: a', 'Transport: RTP/AVP;unicast']),
    });
    await ends(listen(t, await serveScript(t, setup)).done, 'UNSUPPORTED');
    const video = deviceScript({
      DESCRIBE: request => answerWith(request, '200 OK', [], 'v=0\r\nm=video 0 RTP/AVP 96\r\n'),
    });
    await ends(listen(t, await serveScript(t, video)).done, 'UNSUPPORTED');
  });

  test('to speak RTSP is PROTOCOL, to listen UNREACHABLE', async t => {
    await ends(listen(t, await serveScript(t, () => 'HTTP/1.1 400 Bad Request\r\n\r\n')).done, 'PROTOCOL');
    await ends(listen(t, { address: scriptedAddress(1) }).done, 'UNREACHABLE');
  });
});

describe('the link', () => {
  test('is kept by pings with session and login, as often as the device says last', async t => {
    const pong = deviceScript({
      OPTIONS: request => answerWith(request, '200 OK', ['Session: ghLlkf_I9pCBP24t;timeout=8']),
    });
    const server = await serveScript(t, pong);
    const { opened, clock } = listen(t, server);
    await until(() => opened.length === 1);
    const pings = () => server.requests.filter(({ method }) => method === 'OPTIONS');
    await clock.advance(9999);
    assert.equal(pings().length, 0);
    await clock.advance(1);
    await until(() => pings().length === 1);
    assert.equal(pings()[0]?.headers.get('session'), 'ghLlkf_I9pCBP24t');
    assert.ok(pings()[0]?.headers.has('authorization'));
    await clock.advance(3000);
    await until(() => pings().length === 2);
  });

  test('has an interval within the timeout, at most 10 s, at least 1 s', () => {
    assert.deepEqual([60, 30, 10, 8, 4, 1, 0].map(pingInterval), [10, 10, 5, 3, 1, 1, 1]);
  });

  test('whose pings meet a new nonce goes on', async t => {
    let refused = 0;
    const renewed = deviceScript({
      OPTIONS: request => {
        if (refused++ === 0)
          return answerWith(request, '401 Unauthorized', [CHALLENGE.replace('nonce="0000', 'nonce="1111')]);
        return answerWith(request, '200 OK');
      },
    });
    const server = await serveScript(t, renewed);
    const { opened, clock } = listen(t, server);
    await until(() => opened.length === 1);
    await clock.advance(10_000);
    await until(() => server.requests.length === 6);
    assert.match(server.requests[5]?.headers.get('authorization') ?? '', /nonce="1111/);
  });

  test('whose session is gone is CLOSED', async t => {
    const server = await serveScript(
      t,
      deviceScript({ OPTIONS: request => answerWith(request, '454 Session Not Found') }),
    );
    const { opened, clock, done } = listen(t, server);
    await until(() => opened.length === 1);
    await clock.advance(10_000);
    await ends(done, 'CLOSED');
  });

  test('that goes silent is noticed within 30 s', async t => {
    const server = await serveScript(t, deviceScript({ OPTIONS: () => undefined }));
    const { opened, clock, done } = listen(t, server);
    await until(() => opened.length === 1);
    await clock.advance(30_000);
    await ends(done, 'STALLED');
  });

  test('on which events flow is not silent, though a ping is not answered', async t => {
    const server = await serveScript(t, deviceScript({ OPTIONS: () => undefined }));
    const { opened, clock, emitted, done } = listen(t, server);
    await until(() => opened.length === 1);
    await clock.advance(10_000);
    await until(() => server.requests.length === 5);
    server.send(metadataFrame(portDocument('1')));
    await until(() => emitted.length === 1);
    await clock.advance(10_000);
    assert.equal(await Promise.race([done.catch(() => 'ended'), setTimeout(20, 'up')]), 'up');
    await clock.advance(10_000);
    await ends(done, 'STALLED');
  });

  test('is over when the device closes it or says goodbye', async t => {
    const server = await serveScript(t, deviceScript());
    const first = listen(t, server);
    await until(() => first.opened.length === 1);
    server.socket().end();
    await ends(first.done, 'CLOSED');
    const second = listen(t, server);
    await until(() => second.opened.length === 1);
    server.send(Buffer.from('24010008' + '81cb000100000001', 'hex'));
    await ends(second.done, 'CLOSED', /BYE/);
  });

  test('that never answers at all is STALLED too', async t => {
    const server = await serveScript(t, () => undefined);
    const { clock, done } = listen(t, server);
    await until(() => server.requests.length === 1);
    await clock.advance(10_000);
    await ends(done, 'STALLED', /DESCRIBE/);
  });
});

describe('a stop', () => {
  test('tears the session down and leaves nothing behind', async t => {
    const server = await serveScript(t, deviceScript());
    const { opened, done, stop, clock } = listen(t, server);
    await until(() => opened.length === 1);
    const closed = once(server.socket(), 'close');
    const started = performance.now();
    stop();
    await done;
    await closed;
    assert.ok(performance.now() - started < 200);
    assert.equal(server.requests.at(-1)?.method, 'TEARDOWN');
    assert.equal(server.requests.at(-1)?.headers.get('session'), 'ghLlkf_I9pCBP24t');
    assert.equal(clock.waiting(), 0);
  });

  test('does not wait for a device that does not answer, nor for events that are not taken', async t => {
    const server = await serveScript(t, deviceScript({ TEARDOWN: () => undefined }));
    const open: unknown[] = [];
    const listening = listen(t, server, { emit: notification => new Promise(() => open.push(notification)) });
    await until(() => listening.opened.length === 1);
    for (let index = 0; index < 100; index++) server.send(metadataFrame(portDocument('1')));
    await until(() => open.length === 64);
    const closed = once(server.socket(), 'close');
    listening.stop();
    await until(() => server.requests.at(-1)?.method === 'TEARDOWN');
    await listening.clock.advance(100);
    await listening.done;
    await closed;
    assert.equal(open.length, 64);
    assert.equal(listening.clock.waiting(), 0);
  });

  test('during the dialogue, or before it, ends it without an error', async t => {
    const server = await serveScript(t, () => undefined);
    const { done, stop, clock } = listen(t, server);
    await until(() => server.requests.length === 1);
    stop();
    await done;
    assert.equal(clock.waiting(), 0);
    await listen(t, server, { signal: AbortSignal.abort() }).done;
  });
});
