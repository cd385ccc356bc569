import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { SourceContext } from '../../../src/sources/source.ts';
import { websocket } from '../../../src/sources/websocket/websocket.ts';
import { type ErrorCode, isBridgeError } from '../../../src/util/errors.ts';
import type { DeviceAddress } from '../../../src/vapix/address.ts';
import { ends, listen as listenTo, until } from '../../support/listen.ts';
import { scriptedAddress } from '../../support/scripted-rtsp.ts';
import {
  CHALLENGE,
  CLOSE,
  deviceReply,
  type Frame,
  frame,
  httpAnswer,
  login,
  PING,
  portMessage,
  type Script,
  type ScriptedWebSocket,
  serveWebSocket,
  TEXT,
  type UpgradeRequest,
  upgradeAnswer,
} from '../../support/scripted-websocket.ts';

/** Listens over the WebSocket. */
const listen = (
  t: TestContext,
  { address }: { address: DeviceAddress },
  changes: Partial<SourceContext> = {},
) => listenTo(t, { source: websocket, address, ...changes });

/** Listens to a device with that script, once the stream is open. */
async function open(t: TestContext, script: Script = {}, changes: Partial<SourceContext> = {}) {
  const server = await serveWebSocket(t, script);
  const listening = listen(t, server, changes);
  await until(() => listening.opened.length === 1);
  return { server, ...listening };
}

const count = ({ frames }: ScriptedWebSocket, wanted: number) =>
  frames.filter(({ opcode }) => opcode === wanted).length;

const TOKEN_PATH = '/axis-cgi/wssession.cgi';

/** A device that refuses the upgrade so, and gives that token, if any, for another one. */
const byToken =
  (refusal: string, token?: string) =>
  (request: UpgradeRequest): string => {
    if (request.target.includes('wssession=')) return upgradeAnswer(request);
    if (request.target !== TOKEN_PATH) return refusal;
    if (token === undefined) return httpAnswer('404 Not Found');
    if (!request.headers.has('authorization')) return httpAnswer('401 Unauthorized', [CHALLENGE]);
    return httpAnswer('200 OK', ['Content-Type: text/plain'], token);
  };

describe('the login', () => {
  test('that the device refuses is AUTH after one attempt, and is tried no other way', async t => {
    const server = await serveWebSocket(t, { answer: () => httpAnswer('401 Unauthorized', [CHALLENGE]) });
    await ends(listen(t, server).done, 'AUTH');
    assert.equal(server.requests.length, 2);
  });

  test('goes on where the device calls its nonce stale', async t => {
    const answers = ['nonce="1"', 'nonce="2", stale=TRUE'];
    const server = await serveWebSocket(t, {
      answer(request) {
        const parameters = answers.shift();
        if (parameters === undefined) return login(request);
        return httpAnswer('401 Unauthorized', [`WWW-Authenticate: Digest realm="a", ${parameters}`]);
      },
    });
    const { opened } = listen(t, server);
    await until(() => opened.length === 1);
    assert.match(server.requests[2]?.headers.get('authorization') ?? '', /nonce="2"/);
  });

  test('is not sent in clear, unless the camera allows it', async t => {
    const answer = (request: UpgradeRequest) =>
      request.headers.has('authorization')
        ? upgradeAnswer(request)
        : httpAnswer('401 Unauthorized', ['WWW-Authenticate: Basic realm="a"']);
    const server = await serveWebSocket(t, { answer });
    await ends(listen(t, server).done, 'INSECURE');
    assert.equal(server.requests.length, 1);
    const { opened } = listen(t, { address: { ...server.address, allowBasicOverHttp: true } });
    await until(() => opened.length === 1);
    assert.equal(
      server.requests.at(-1)?.headers.get('authorization'),
      `Basic ${Buffer.from('root:pass').toString('base64')}`,
    );
  });

  for (const status of ['401 Unauthorized', '403 Forbidden', '400 Bad Request']) {
    test(`is by a token where the upgrade is answered ${status} without a challenge`, async t => {
      const server = await serveWebSocket(t, { answer: byToken(httpAnswer(status), 'a+b/c=\n') });
      const { opened } = listen(t, server);
      await until(() => opened.length === 1);
      assert.deepEqual(
        server.requests.map(({ target, headers }) => [target, headers.has('authorization')]),
        [
          ['/vapix/ws-data-stream?sources=events', false],
          [TOKEN_PATH, false],
          [TOKEN_PATH, true],
          ['/vapix/ws-data-stream?wssession=a%2Bb%2Fc%3D&sources=events', false],
        ],
      );
      assert.equal(opened[0]?.realm, 'AXIS_ACCC8E012345');
    });
  }

  test('is FORBIDDEN where there is no token, and PROTOCOL where it is none', async t => {
    const refusal = httpAnswer('403 Forbidden');
    await ends(listen(t, await serveWebSocket(t, { answer: byToken(refusal) })).done, 'FORBIDDEN');
    const page = await serveWebSocket(t, { answer: byToken(refusal, '<html> <body>') });
    await ends(listen(t, page).done, 'PROTOCOL');
  });

  test('by a token that the device refuses is an error that does not tell it', async t => {
    const answer = (request: UpgradeRequest) =>
      request.target.includes('wssession=')
        ? httpAnswer('403 Forbidden')
        : byToken(httpAnswer('403 Forbidden'), 's3cret')(request);
    const { done } = listen(t, await serveWebSocket(t, { answer }));
    await assert.rejects(done, error => {
      assert.ok(isBridgeError(error) && error.code === 'FORBIDDEN');
      return !/s3cret|pass/.test(error.message + error.stack);
    });
  });
});

describe('a device that does not take the upgrade', () => {
  const statuses: [status: string, code: ErrorCode][] = [
    ['200 OK', 'REFUSED'],
    ['302 Found', 'REDIRECT'],
    ['404 Not Found', 'NOT_FOUND'],
    ['429 Too Many Requests', 'BUSY'],
    ['500 Internal Server Error', 'REFUSED'],
    ['503 Service Unavailable', 'BUSY'],
  ];
  for (const [status, code] of statuses) {
    test(`but answers ${status} is ${code}`, async t => {
      const headers = ['Location: http://127.0.0.1:1/', 'Retry-After: 7'];
      const server = await serveWebSocket(t, { answer: () => httpAnswer(status, headers) });
      const { done, clock } = listen(t, server);
      await ends(done, code);
      if (code === 'BUSY') await assert.rejects(done, { retryAfter: 7 });
      assert.equal(server.requests.length, 1);
      assert.equal(clock.waiting(), 0);
    });
  }

  const nonsense: [what: string, answer: (request: UpgradeRequest) => string, code: ErrorCode][] = [
    ['speaks another protocol', () => 'SSH-2.0-OpenSSH\r\n\r\n', 'PROTOCOL'],
    ['proves nothing', request => upgradeAnswer(request).replace(/Accept: ..../, 'Accept: AAAA'), 'PROTOCOL'],
    ['upgrades to something else', request => upgradeAnswer(request).replace('websocket', 'h2c'), 'PROTOCOL'],
    [
      'uses an extension that was not offered',
      request =>
        upgradeAnswer(request).replace('Date', 'Sec-WebSocket-Extensions: permessage-deflate\r\nDate'),
      'PROTOCOL',
    ],
    ['has no end of headers', () => `HTTP/1.1 101 Yes\r\nx: ${'x'.repeat(100_000)}`, 'TOO_LARGE'],
  ];
  for (const [what, answer, code] of nonsense) {
    test(`but ${what} is ${code}`, async t => {
      const { done, clock } = listen(t, await serveWebSocket(t, { answer }));
      await ends(done, code);
      assert.equal(clock.waiting(), 0);
    });
  }

  test('but resets the connection is CLOSED', async t => {
    const server = await serveWebSocket(t, {
      answer: () => {
        server.socket().resetAndDestroy();
        return undefined;
      },
    });
    await ends(listen(t, server).done, 'CLOSED');
  });

  test('and says nothing, or goes on and on with its header, is TIMEOUT', async t => {
    const silent = await serveWebSocket(t, { answer: () => undefined });
    const first = listen(t, silent);
    await until(() => silent.requests.length === 1);
    await first.clock.advance(10_000);
    await ends(first.done, 'TIMEOUT');
    const slow = await serveWebSocket(t, { answer: () => 'HTTP/1.1 101 Yes\r\nx: ' });
    const second = listen(t, slow);
    await until(() => slow.requests.length === 1);
    for (let seconds = 0; seconds < 9; seconds++) {
      slow.send(Buffer.from('x'));
      await second.clock.advance(1000);
    }
    await second.clock.advance(1000);
    await ends(second.done, 'TIMEOUT');
    assert.equal(second.clock.waiting(), 0);
  });

  test('is UNREACHABLE where there is none', async t => {
    await ends(listen(t, { address: scriptedAddress(554, { port: 1 }) }).done, 'UNREACHABLE');
  });
});

test('a device whose answers come byte by byte is heard', async t => {
  const { server, emitted } = await open(t, { dripping: true });
  server.send(frame(portMessage('1')));
  await until(() => emitted.length === 1);
});

describe('the link', () => {
  test('is kept by a ping each 10 s', async t => {
    const { server, counts, clock } = await open(t);
    await until(() => count(server, PING) === 1);
    await clock.advance(9_999);
    assert.equal(count(server, PING), 1);
    await clock.advance(1);
    await until(() => count(server, PING) === 2);
    for (let pings = 3; pings <= 8; pings++) {
      const bytes = counts.get('bytes') ?? 0;
      await clock.advance(10_000);
      await until(() => count(server, PING) === pings && (counts.get('bytes') ?? 0) > bytes);
    }
  });

  const mute = (received: Frame) => (received.opcode === PING ? undefined : deviceReply(received));

  test('that goes silent is noticed within 30 s', async t => {
    const { clock, done } = await open(t, { reply: mute });
    await clock.advance(30_000);
    await ends(done, 'STALLED');
    assert.equal(clock.waiting(), 0);
  });

  test('on which something comes is not silent, though a ping is not answered', async t => {
    const { server, clock, counts, done, emitted } = await open(t, { reply: mute });
    server.send(frame(portMessage('1')));
    await until(() => emitted.length === 1);
    await clock.advance(10_000);
    // A part of a message is a sign of life too.
    const bytes = counts.get('bytes') ?? 0;
    server.send(frame(portMessage('2')).subarray(0, 20));
    await until(() => (counts.get('bytes') ?? 0) > bytes);
    await clock.advance(10_000);
    assert.equal(await Promise.race([done.catch(() => 'ended'), setTimeout(20, 'up')]), 'up');
    await clock.advance(10_000);
    await ends(done, 'STALLED');
  });

  test('that we do not read ourselves is not silent', async t => {
    let taken = 0;
    const emit = () => new Promise<void>(() => (taken += 1));
    const { server, clock, done } = await open(t, {}, { emit });
    for (let index = 0; index < 100; index++) server.send(frame(portMessage('1')));
    await until(() => taken === 64);
    await clock.advance(60_000);
    assert.equal(await Promise.race([done.catch(() => 'ended'), setTimeout(20, 'up')]), 'up');
  });

  test('is over when the device closes it, in whichever way', async t => {
    const closed = await open(t);
    closed.server.send(frame(Buffer.from([0x03, 0xe9]), CLOSE));
    await ends(closed.done, 'CLOSED', /1001/);
    const ended = await open(t);
    ended.server.socket().end();
    await ends(ended.done, 'CLOSED');
    const reset = await open(t);
    reset.server.socket().resetAndDestroy();
    await ends(reset.done, 'CLOSED');
  });

  test('is over when its frames make no sense, or a message has no end', async t => {
    const garbage = await open(t);
    garbage.server.send(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await ends(garbage.done, 'PROTOCOL');
    const large = await open(t);
    large.server.send(Buffer.from([0x81, 127, 0, 0, 0, 0, 0, 0x10, 0, 1]));
    await ends(large.done, 'TOO_LARGE');
    const endless = await open(t);
    for (let part = 0; part < 20; part++) {
      endless.server.send(frame(Buffer.alloc(60_000, 0x20), part === 0 ? TEXT : 0, false));
    }
    await ends(endless.done, 'TOO_LARGE');
  });

  test('on which the request is never answered is STALLED', async t => {
    const server = await serveWebSocket(t, { reply: () => undefined });
    const { clock, done } = listen(t, server);
    await until(() => server.frames.length === 1);
    await clock.advance(10_000);
    await ends(done, 'STALLED');
    assert.equal(clock.waiting(), 0);
  });
});

describe('a stop', () => {
  test('closes the connection and leaves nothing behind', async t => {
    const { server, done, stop, clock } = await open(t);
    const closed = once(server.socket(), 'close');
    stop();
    await done;
    await closed;
    assert.equal(server.frames.at(-1)?.opcode, CLOSE);
    assert.equal(server.frames.at(-1)?.payload.readUInt16BE(0), 1000);
    assert.equal(clock.waiting(), 0);
  });

  test('hands on what was read, and waits neither for the device nor until that is taken', async t => {
    const taken: unknown[] = [];
    const { server, done, stop, clock } = await open(
      t,
      { reply: received => (received.opcode === CLOSE ? undefined : deviceReply(received)) },
      { emit: notification => new Promise(() => taken.push(notification)) },
    );
    server.send(Buffer.concat(Array.from({ length: 100 }, () => frame(portMessage('1')))));
    await until(() => taken.length === 64);
    const closed = once(server.socket(), 'close');
    stop();
    await until(() => server.frames.at(-1)?.opcode === CLOSE);
    await clock.advance(100);
    await done;
    await closed;
    assert.equal(taken.length, 100);
    assert.equal(clock.waiting(), 0);
  });

  test('hears the device’s end, though it was not reading just then', async t => {
    const { server, done, stop } = await open(t, {}, { emit: () => new Promise(() => undefined) });
    for (let index = 0; index < 10_000; index++) server.send(frame(portMessage('1')));
    await setTimeout(50);
    stop();
    await done;
  });

  test('in the handshake, in the dialogue, or before both ends it without an error', async t => {
    const silent = await serveWebSocket(t, { answer: () => undefined });
    const handshake = listen(t, silent);
    await until(() => silent.requests.length === 1);
    handshake.stop();
    await handshake.done;
    assert.equal(handshake.clock.waiting(), 0);
    const mute = await serveWebSocket(t, {
      reply: ({ opcode }) => (opcode === CLOSE ? frame('', CLOSE) : undefined),
    });
    const dialogue = listen(t, mute);
    await until(() => mute.frames.length === 1);
    dialogue.stop();
    await dialogue.done;
    assert.equal(dialogue.clock.waiting(), 0);
    await listen(t, silent, { signal: AbortSignal.abort() }).done;
  });
});
