import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { type HttpOptions, serveHttp } from '../../../src/ops/http.ts';

const PAGES: HttpOptions['pages'] = new Map([['/health', () => ({ type: 'text/plain', body: 'well' })]]);

async function start(t: TestContext, names: string[] = []): Promise<number> {
  const { port, close } = await serveHttp({ host: '127.0.0.1', port: 0, names, pages: PAGES });
  t.after(close);
  return port;
}

/** The status of a GET, with that Host header. */
async function statusOf(port: number, host?: string): Promise<number | undefined> {
  const asked = request({
    port,
    host: '127.0.0.1',
    path: '/health',
    ...(host === undefined ? {} : { headers: { host } }),
  });
  const [response] = await once(asked.end(), 'response');
  response.resume();
  return response.statusCode;
}

describe('connections', () => {
  /** Connected, with those bytes sent and nothing more. */
  async function occupy(t: TestContext, port: number, count: number, bytes: string): Promise<Socket[]> {
    const sockets = Array.from({ length: count }, () =>
      connect(port, '127.0.0.1').on('error', () => undefined),
    );
    t.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    await Promise.all(sockets.map(socket => once(socket, 'connect')));
    for (const socket of sockets) socket.write(bytes);
    return sockets;
  }

  const occupied: [name: string, bytes: string][] = [
    ['idle', ''],
    ['of a slow head', 'GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
    ['kept alive', 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ];
  for (const [name, bytes] of occupied) {
    test(`150 of them ${name} keep nobody out`, async t => {
      const port = await start(t);
      await occupy(t, port, 150, bytes);
      assert.equal(await statusOf(port), 200);
    });
  }

  test('one that says nothing is ended', async t => {
    const port = await start(t);
    const [socket = assert.fail()] = await occupy(t, port, 1, 'GET');
    socket.resume();
    await once(socket, 'close');
  });
});

describe('the name under which it is asked', () => {
  test('is an address, localhost, one without a dot, or a configured one', async t => {
    const port = await start(t, ['Bridge.Example']);
    for (const host of [
      '127.0.0.1:9180',
      '192.0.2.1',
      '[::1]:9180',
      'LOCALHOST',
      'axis2mqtt:9180',
      'bridge.example.',
    ])
      assert.equal(await statusOf(port, host), 200, host);
  });

  test('is no other: a page of the web may have its name resolve to this machine', async t => {
    const port = await start(t, ['bridge.example']);
    for (const host of ['evil.example', 'bridge.example.evil.example:9180', '127.0.0.1.evil.example', 'a b'])
      assert.equal(await statusOf(port, host), 421, host);
  });
});
