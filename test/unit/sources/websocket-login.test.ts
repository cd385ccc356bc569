// The way to a WebSocket: the login, the token, the upgrade that is refused.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ErrorCode, isBridgeError } from '../../../src/util/errors.ts';
import { ends, until } from '../../support/listen.ts';
import { scriptedAddress } from '../../support/scripted-rtsp.ts';
import {
  CHALLENGE,
  frame,
  httpAnswer,
  login,
  portMessage,
  serveWebSocket,
  type UpgradeRequest,
  upgradeAnswer,
} from '../../support/scripted-websocket.ts';
import { listen, open } from './websocket-helper.ts';

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
    ['has but interim answers', () => 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000), 'PROTOCOL'],
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
