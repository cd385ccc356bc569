import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { rtsp } from '../../../src/sources/rtsp/rtsp.ts';
import { pingInterval } from '../../../src/sources/rtsp/session.ts';
import type { SourceContext } from '../../../src/sources/source.ts';
import type { ErrorCode } from '../../../src/util/errors.ts';
import type { DeviceAddress } from '../../../src/vapix/address.ts';
import { ends, listen as listenTo, until } from '../../support/listen.ts';
import {
  answerWith,
  CHALLENGE,
  deviceScript,
  metadataFrame,
  portDocument,
  scriptedAddress,
  serveScript,
} from '../../support/scripted-rtsp.ts';

/** Listens over RTSP. */
const listen = (
  t: TestContext,
  { address }: { address: DeviceAddress },
  changes: Partial<SourceContext> = {},
) => listenTo(t, { source: rtsp, address, ...changes });

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
    const { opened, counts, clock } = listen(t, server);
    await until(() => opened.length === 1);
    const bytes = counts.get('bytes') ?? 0;
    const pings = () => server.requests.filter(({ method }) => method === 'OPTIONS');
    await clock.advance(9999);
    assert.equal(pings().length, 0);
    await clock.advance(1);
    await until(() => pings().length === 1);
    assert.equal(pings()[0]?.headers.get('session'), 'ghLlkf_I9pCBP24t');
    assert.ok(pings()[0]?.headers.has('authorization'));
    await until(() => (counts.get('bytes') ?? 0) > bytes);
    await clock.advance(3000);
    await until(() => pings().length === 2);
  });

  test('is caught up with by each answered ping, as of when that was sent', async t => {
    let answer = () => {};
    const slow = deviceScript({
      OPTIONS: request => {
        answer = () => server.send(Buffer.from(answerWith(request, '200 OK')));
        return undefined;
      },
    });
    const server = await serveScript(t, slow);
    const { opened, caughtUp, emitted, clock } = listen(t, server);
    await until(() => opened.length === 1);
    const start = clock.monotonic();
    const pings = () => server.requests.filter(({ method }) => method === 'OPTIONS').length;
    await clock.advance(10_000);
    await until(() => pings() === 1);
    await clock.advance(3_000);
    server.send(metadataFrame(portDocument('1')));
    await until(() => emitted.length === 1);
    assert.equal(caughtUp.length, 0);
    answer();
    await until(() => caughtUp.length === 1);
    const [[asOf, lastTime] = assert.fail()] = caughtUp;
    assert.equal(asOf.monotonic, start + 10_000);
    assert.equal(lastTime, emitted[0]?.time);
  });

  test('that is answered only after it stood still is STALLED, with all that came', async t => {
    let answer = () => {};
    const slow = deviceScript({
      OPTIONS: request => {
        answer = () => server.send(Buffer.from(answerWith(request, '200 OK')));
        return undefined;
      },
    });
    const server = await serveScript(t, slow);
    const { opened, caughtUp, emitted, clock, done } = listen(t, server);
    await until(() => opened.length === 1);
    for (let frames = 1; frames <= 4; frames++) {
      await clock.advance(9_000);
      server.send(metadataFrame(portDocument(String(frames))));
      await until(() => emitted.length === frames);
    }
    answer();
    await ends(done, 'STALLED', /stood still for up to 36 s/);
    assert.equal(caughtUp.length, 0);
  });

  test('is not caught up with while a part of a document is read', async t => {
    const server = await serveScript(t, deviceScript());
    const { opened, caughtUp, emitted, clock } = listen(t, server);
    await until(() => opened.length === 1);
    const text = portDocument('1');
    server.send(metadataFrame(text.slice(0, 100), { marker: false }));
    const pings = () => server.requests.filter(({ method }) => method === 'OPTIONS').length;
    await clock.advance(10_000);
    await until(() => pings() === 1);
    await clock.advance(0);
    server.send(metadataFrame(text.slice(100)));
    await until(() => emitted.length === 1);
    assert.equal(caughtUp.length, 0);
    await clock.advance(10_000);
    await until(() => caughtUp.length === 1);
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
    stop();
    await done;
    await closed;
    assert.equal(server.requests.at(-1)?.method, 'TEARDOWN');
    assert.equal(server.requests.at(-1)?.headers.get('session'), 'ghLlkf_I9pCBP24t');
    assert.equal(clock.waiting(), 0);
  });

  test('hands on what was read, and waits neither for the device nor until that is taken', async t => {
    const server = await serveScript(t, deviceScript({ TEARDOWN: () => undefined }));
    const open: unknown[] = [];
    const listening = listen(t, server, { emit: notification => new Promise(() => open.push(notification)) });
    await until(() => listening.opened.length === 1);
    server.send(Buffer.concat(Array.from({ length: 100 }, () => metadataFrame(portDocument('1')))));
    await until(() => open.length === 64);
    const closed = once(server.socket(), 'close');
    listening.stop();
    await until(() => server.requests.at(-1)?.method === 'TEARDOWN');
    await listening.clock.advance(100);
    await listening.done;
    await closed;
    assert.equal(open.length, 100);
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

test('a device that floods before it has answered is given up', async t => {
  const server = await serveScript(t, () => undefined);
  const { done } = listen(t, server);
  await until(() => server.requests.length === 1);
  const flood = Buffer.concat(Array.from({ length: 100 }, () => metadataFrame(' '.repeat(60_000))));
  for (let sent = 0; sent < 2; sent++) server.send(flood);
  await ends(done, 'TOO_LARGE');
});
