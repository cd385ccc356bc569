// One request and its answer, at a server that speaks HTTP as a test writes it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import type { DeviceAddress } from '../../../src/vapix/address.ts';
import { addressOf } from '../../support/http-device.ts';
import { codeOf, connect, failure, get } from './helper.ts';

interface RawServer {
  address: DeviceAddress;
  /** The heads of the requests, each with the number of its connection. */
  seen: { connection: number; head: string }[];
}

type RawAnswer = (socket: Socket, request: { path: string; nth: number }) => void;

/** `nth`: which request of its connection it is, from 0 on. */
async function serve(t: TestContext, answer: RawAnswer): Promise<RawServer> {
  const seen: RawServer['seen'] = [];
  const sockets: Socket[] = [];
  const server = createServer(socket => {
    const connection = sockets.push(socket.on('error', () => undefined));
    let nth = 0;
    let pending = '';
    socket.on('data', bytes => {
      pending += bytes.toString('latin1');
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = pending.slice(0, end);
      pending = '';
      seen.push({ connection, head });
      answer(socket, { path: head.split(' ')[1] ?? '', nth: nth++ });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { address: addressOf((server.address() as AddressInfo).port), seen };
}

const FINE = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine';
const head = (...headers: string[]) =>
  `HTTP/1.1 200 OK\r\n${headers.map(each => `${each}\r\n`).join('')}\r\n`;

function bodyOf(body: Buffer, ...headers: string[]): Buffer {
  return Buffer.concat([Buffer.from(head(`Content-Length: ${body.length}`, ...headers)), body]);
}

describe('a kept connection that the server closes without having said so', () => {
  /** Keeps it in silence, and closes it when the next request comes. */
  const stale: RawAnswer = (socket, { nth }) => void (nth === 0 ? socket.write(FINE) : socket.destroy());

  test('costs no request: it is sent once more on a fresh one, and none is kept from then on', async t => {
    const server = await serve(t, stale);
    const client = connect(t, server.address);
    for (let count = 0; count < 5; count++) assert.equal((await client.request(get())).text, 'fine');
    assert.deepEqual(
      server.seen.map(({ connection }) => connection),
      [1, 1, 2, 3, 4, 5],
    );
  });

  test('right behind each answer, or reset, costs none either', async t => {
    for (const close of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
      const server = await serve(t, socket => void socket.write(FINE, () => close(socket)));
      const client = connect(t, server.address);
      for (let count = 0; count < 20; count++) assert.equal((await client.request(get())).text, 'fine');
    }
  });

  test('costs a POST with its body no more', async t => {
    const server = await serve(t, stale);
    const client = connect(t, server.address);
    await client.request(get());
    const post = { method: 'POST', path: '/x', body: '{"a":1}', contentType: 'application/json' } as const;
    assert.equal((await client.request(post)).text, 'fine');
    assert.match(server.seen.at(-1)?.head ?? '', /^POST \/x /);
  });

  test('takes a request that must not be sent twice along', async t => {
    const server = await serve(t, stale);
    const client = connect(t, server.address);
    await client.request(get());
    assert.equal(await codeOf(client.request({ ...get('/once'), once: true })), 'CLOSED');
    assert.equal(server.seen.filter(({ head }) => head.includes('/once')).length, 1);
  });

  test('is none where the server dies on a fresh one, or within its answer: that is not sent again', async t => {
    const server = await serve(t, (socket, { path, nth }) => {
      if (path === '/half' && nth > 0) socket.write(head('Content-Length: 9'), () => socket.destroy());
      else if (path === '/dead') socket.destroy();
      else socket.write(FINE);
    });
    const client = connect(t, server.address);
    assert.equal(await codeOf(client.request(get('/dead'))), 'CLOSED');
    await client.request(get());
    assert.equal(await codeOf(client.request(get('/half'))), 'STALLED');
    assert.equal(server.seen.length, 3);
  });

  test('is never met by what acts: each request has a connection of its own, which says so', async t => {
    const server = await serve(t, stale);
    const client = connect(t, server.address, { alone: true });
    for (let count = 0; count < 3; count++) await client.request(get());
    assert.deepEqual(
      server.seen.map(({ connection }) => connection),
      [1, 2, 3],
    );
    for (const { head } of server.seen) assert.match(head, /^connection: close$/im);
  });
});

describe('an answer', () => {
  test('in crumbs is read, and takes no more than its bytes; more of them than any device sends end it', async t => {
    const crumbs = (count: number) => '1\r\nx\r\n'.repeat(count);
    const server = await serve(t, (socket, { path }) => {
      socket.write(head('Transfer-Encoding: chunked'));
      socket.write(`${crumbs(path === '/many' ? 150_000 : 50_000)}0\r\n\r\n`);
    });
    const client = connect(t, server.address);
    assert.equal((await client.request(get())).text, 'x'.repeat(50_000));
    assert.equal(await codeOf(client.request(get('/many'))), 'TOO_LARGE');
  });

  test('that never begins, for all that says that it will, is PROTOCOL', async t => {
    const server = await serve(t, (socket, { path }) => {
      const interim = `HTTP/1.1 ${path.slice(1)} Wait\r\n\r\n`;
      socket.write(path === '/102' ? interim + FINE : interim.repeat(1000));
    });
    const client = connect(t, server.address);
    assert.equal((await client.request(get('/102'))).text, 'fine');
    for (const path of ['/100', '/103']) {
      const { code, message } = await failure(client.request(get(path)));
      assert.equal(code, 'PROTOCOL');
      assert.match(message, /interim answers/);
    }
  });

  test('is asked for as gzip; another encoding is refused by name, a damaged one is PROTOCOL', async t => {
    const zipped = gzipSync('fine');
    const answers: Record<string, Buffer> = {
      '/gzip': bodyOf(zipped, 'Content-Encoding: gzip'),
      '/x-gzip': bodyOf(zipped, 'Content-Encoding: X-GZIP'),
      '/deflate': bodyOf(deflateSync('fine'), 'Content-Encoding: deflate'),
      '/identity': bodyOf(Buffer.from('fine'), 'Content-Encoding: identity'),
      '/br': bodyOf(Buffer.from('hello'), 'Content-Encoding: br'),
      '/zstd': bodyOf(Buffer.from('hello'), 'Content-Encoding: zstd'),
      '/twice': bodyOf(gzipSync(zipped), 'Content-Encoding: gzip, gzip'),
      '/garbage': bodyOf(Buffer.from('hello'), 'Content-Encoding: gzip'),
      '/cut': bodyOf(zipped.subarray(0, -9), 'Content-Encoding: gzip'),
    };
    const server = await serve(t, (socket, { path }) => void socket.write(answers[path] ?? ''));
    const client = connect(t, server.address);
    for (const path of ['/gzip', '/x-gzip', '/deflate', '/identity'])
      assert.equal((await client.request(get(path))).text, 'fine', path);
    for (const { head } of server.seen) assert.match(head, /^accept-encoding: gzip$/im);
    for (const [path, message] of [
      ['/br', /encoded as "br"/],
      ['/zstd', /encoded as "zstd"/],
      ['/twice', /encoded as "gzip, gzip"/],
      ['/garbage', /damaged/],
      ['/cut', /damaged/],
    ] as const) {
      const error = await failure(client.request(get(path)));
      assert.equal(error.code, 'PROTOCOL', path);
      assert.match(error.message, message);
    }
  });

  test('is read by the charset that it names', async t => {
    const latin1 = Buffer.from('<name>Größe</name>', 'latin1');
    const declared = Buffer.concat([Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?>'), latin1]);
    const answers: Record<string, Buffer> = {
      '/header': bodyOf(latin1, 'Content-Type: text/xml; charset=ISO-8859-1'),
      '/quoted': bodyOf(latin1, 'Content-Type: text/xml; charset="windows-1252"'),
      '/document': bodyOf(declared, 'Content-Type: text/xml'),
      '/utf-8': bodyOf(Buffer.from('<name>Größe</name>'), 'Content-Type: text/plain'),
      '/mark': bodyOf(Buffer.from('\ufeff<name>Größe</name>', 'utf16le'), 'Content-Type: text/xml'),
      '/unknown': bodyOf(Buffer.from('<name>Größe</name>'), 'Content-Type: text/xml; charset=klingon'),
    };
    const server = await serve(t, (socket, { path }) => void socket.write(answers[path] ?? ''));
    const client = connect(t, server.address);
    for (const path of Object.keys(answers))
      assert.match((await client.request(get(path))).text, /<name>Größe<\/name>$/, path);
  });
});
