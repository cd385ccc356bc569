import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ErrorCode } from '../../../src/util/errors.ts';
import { freePort } from '../../support/free-port.ts';
import { addressOf, PASSWORD, protectedBy, startHttpDevice } from '../../support/http-device.ts';
import { codeOf, connect, failure, get, ok } from './helper.ts';

describe('login', () => {
  test('is asked for first, then sent ahead, and covers the target as it is sent', async t => {
    const device = await startHttpDevice(t, protectedBy(PASSWORD, ok));
    const client = connect(t, device.address);
    assert.equal(client.realm, undefined);
    for (const path of ['/axis-cgi/io/port.cgi?action=2%3A%2F300%5C&x=a b|"c"', '/\\../a/../é?q#part']) {
      const { status, text } = await client.request(get(path));
      assert.deepEqual([status, text], [200, 'fine']);
    }
    assert.deepEqual(
      device.seen.map(({ authorization }) => authorization !== undefined),
      [false, true, true],
    );
    assert.equal(client.realm, 'AXIS_ACCC8E012345');
  });

  test('a wrong password goes out once, however many requests there are, and once more after five minutes', async t => {
    let now = 1_000_000;
    const clock = { now: () => now, monotonic: () => now, after: () => () => undefined };
    const device = await startHttpDevice(t, (request, ...rest) =>
      request.url === '/open' ? ok(request, ...rest) : protectedBy('another', ok)(request, ...rest),
    );
    const client = connect(t, device.address, { clock });
    const attempts = () => device.seen.filter(({ authorization }) => authorization !== undefined).length;
    const codes = await Promise.all(Array.from({ length: 6 }, () => codeOf(client.request(get()))));
    assert.deepEqual(new Set(codes), new Set(['AUTH']));
    assert.equal(attempts(), 1);
    assert.equal((await client.request(get('/open'))).text, 'fine');
    now += 299_000;
    assert.equal(await codeOf(client.request(get())), 'AUTH');
    assert.equal(attempts(), 1);
    now += 2_000;
    assert.equal(await codeOf(client.request(get())), 'AUTH');
    assert.equal(attempts(), 2);
  });

  test('one path that refuses an accepted login is AUTH and leaves the others be', async t => {
    const device = await startHttpDevice(t, (request, ...rest) =>
      protectedBy(request.url === '/admin' ? 'another' : PASSWORD, ok)(request, ...rest),
    );
    const client = connect(t, device.address);
    await client.request(get());
    assert.equal(await codeOf(client.request(get('/admin'))), 'AUTH');
    assert.equal((await client.request(get())).text, 'fine');
  });

  test('Basic in clear is INSECURE and sends nothing, unless the camera allows it', async t => {
    const device = await startHttpDevice(t, (request, response) => {
      if (request.authorization) return response.end('fine');
      return response
        .writeHead(401, { 'www-authenticate': ['Negotiate', 'Basic realm="AXIS_ACCC8E012345"'] })
        .end();
    });
    assert.equal(await codeOf(connect(t, device.address).request(get())), 'INSECURE');
    assert.ok(device.seen.every(({ authorization }) => authorization === undefined));
    const client = connect(t, { ...device.address, allowBasicOverHttp: true });
    assert.equal((await client.request(get())).text, 'fine');
  });

  test('a device that asks for ever is given up', async t => {
    let nonce = 0;
    const device = await startHttpDevice(t, (_request, response) => {
      nonce += 1;
      response.writeHead(401, { 'www-authenticate': `Digest realm="r", nonce="${nonce}", stale=true` }).end();
    });
    assert.equal(await codeOf(connect(t, device.address).request(get())), 'PROTOCOL');
    assert.equal(device.seen.length, 3);
  });

  test('a request without a login bears none, answers no challenge, and is AUTH where it needs one', async t => {
    const device = await startHttpDevice(t, protectedBy(PASSWORD, ok));
    const client = connect(t, device.address);
    await client.request(get());
    assert.equal(await codeOf(client.request({ ...get(), anonymous: true })), 'AUTH');
    assert.deepEqual(
      device.seen.map(({ authorization }) => authorization !== undefined),
      [false, true, false],
    );
  });
});

describe('answers', () => {
  test('the request goes out as given, the answer comes with its headers', async t => {
    const device = await startHttpDevice(t, (_request, response) => {
      response.setHeader('Set-Cookie', ['a', 'b']);
      response.end('\ufeffgrüß');
    });
    const request = {
      method: 'POST',
      path: '/x',
      body: '{"ä": 1}',
      contentType: 'application/json',
    } as const;
    const { text, headers } = await connect(t, device.address).request(request);
    assert.equal(text, 'grüß');
    assert.ok(!Number.isNaN(Date.parse(headers['date'] ?? '')));
    const { method, url, body, contentType } = device.seen[0] ?? {};
    assert.deepEqual({ method, path: url, body, contentType }, request);
  });

  test('each status has its error', async t => {
    const device = await startHttpDevice(t, ({ url }, response) => {
      response.writeHead(Number.parseInt(url.slice(1), 10), { 'retry-after': '7' }).end(`no, ${PASSWORD}`);
    });
    const client = connect(t, device.address);
    const table: [number, ErrorCode][] = [
      [400, 'REFUSED'],
      [403, 'FORBIDDEN'],
      [404, 'NOT_FOUND'],
      [405, 'REFUSED'],
      [410, 'NOT_FOUND'],
      [500, 'REFUSED'],
    ];
    for (const [status, code] of table) assert.equal(await codeOf(client.request(get(`/${status}`))), code);
    const { code, retryAfter, message } = await failure(client.request(get('/503?pwd=x')));
    assert.deepEqual([code, retryAfter], ['BUSY', 7]);
    assert.equal(message, `GET http://127.0.0.1:${device.address.port}/503: HTTP 503`);
    assert.equal((await client.request({ ...get('/500'), faults: true })).status, 500);
  });

  test('a redirect is never followed and says where to', async t => {
    const other = await startHttpDevice(t, ok);
    const targets = [
      `http://127.0.0.1:${other.address.port}/x`,
      'https://127.0.0.1/',
      '//evil.example/x',
      '/other',
      '',
    ];
    const device = await startHttpDevice(t, ({ url }, response) => {
      response.writeHead(302, { location: targets[Number(url.slice(1))] }).end();
    });
    const client = connect(t, device.address);
    const errors = await Promise.all(targets.map((_, index) => failure(client.request(get(`/${index}`)))));
    assert.deepEqual(new Set(errors.map(({ code }) => code)), new Set(['REDIRECT']));
    const [port, https, host] = errors.map(({ message }) => message);
    assert.match(port ?? '', new RegExp(`to port ${other.address.port}`));
    assert.match(https ?? '', /its https, port 443: set `https: true`/);
    assert.match(host ?? '', /another host, evil\.example/);
    assert.equal(other.seen.length, 0);
  });

  test('too large an answer is TOO_LARGE, compressed or not', async t => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    const device = await startHttpDevice(t, ({ url }, response) => {
      if (url === '/bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
      else if (url === '/broken') response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip');
      else response.end('x'.repeat(200_000));
    });
    const client = connect(t, device.address, { maxBytes: 100_000 });
    assert.equal(await codeOf(client.request(get('/bomb'))), 'TOO_LARGE');
    assert.equal(await codeOf(client.request(get())), 'TOO_LARGE');
    assert.equal(await codeOf(client.request(get('/broken'))), 'PROTOCOL');
  });

  test('an answer that drips, stops, or is none', async t => {
    const device = await startHttpDevice(t, ({ url }, response, { socket }) => {
      if (url === '/stop')
        response.writeHead(200, { 'content-length': 10 }).write('abc', () => socket.destroy());
      else if (url === '/none') socket.end('SSH-2.0-OpenSSH\r\n');
      else if (url === '/header') socket.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`);
      else {
        const timer = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(timer));
      }
    });
    const client = connect(t, device.address);
    assert.equal(await codeOf(client.request(get('/stop'))), 'STALLED');
    assert.equal(await codeOf(client.request(get('/none'))), 'PROTOCOL');
    assert.equal(await codeOf(client.request(get('/header'))), 'TOO_LARGE');
    const impatient = connect(t, device.address, { timeoutMs: 200 });
    assert.equal(await codeOf(impatient.request(get('/drip'))), 'TIMEOUT');
    assert.equal(await codeOf(connect(t, addressOf(await freePort())).request(get())), 'UNREACHABLE');
    assert.equal(await codeOf(connect(t, addressOf(80, { host: 'a b' })).request(get())), 'ADDRESS');
    assert.equal(await codeOf(client.request(get('@evil.example/'))), 'INTERNAL');
  });
});
