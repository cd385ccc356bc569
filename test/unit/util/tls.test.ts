import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { createServer, type TlsOptions } from 'node:tls';
import { inspect } from 'node:util';
import { openTls, type PeerTls } from '../../../src/util/tls.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { need } from '../../support/need.ts';

const HOST = '127.0.0.1';

/** A TLS server that answers "hello" to the first bytes, and tells what it read. */
async function serve(t: TestContext, options: TlsOptions) {
  const read: string[] = [];
  const server = createServer(options, socket => {
    socket.on('error', () => undefined);
    socket.on('data', data => read.push(data.toString()));
    socket.once('data', () => socket.write('hello'));
  });
  return { port: await listen(t, server), read, server };
}

async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, HOST);
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

function open(
  port: number,
  tls: PeerTls,
  options: { host?: string; signal?: AbortSignal; timeoutMs?: number } = {},
) {
  return openTls({ host: HOST, port, tls, signal: new AbortController().signal, ...options });
}

/** Says something and gives the answer. */
async function talk(port: number, tls: PeerTls, host = HOST): Promise<string> {
  const socket = await open(port, tls, { host });
  socket.write('hi');
  const [answer] = await once(socket, 'data');
  socket.destroy();
  return String(answer);
}

const connections = (server: Server) =>
  new Promise<number>((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

describe('openTls', need('openssl'), () => {
  test('accepts the own CA, the pinned certificate, or anything where told so', async t => {
    const { ca, server } = makeCertificates(t);
    const { port } = await serve(t, { cert: server.cert.text, key: server.key.text });
    const lower = server.fingerprint.replaceAll(':', '').toLowerCase();
    for (const tls of [
      { ca: ca.text },
      { fingerprint: server.fingerprint },
      { fingerprint: lower },
      { insecure: true },
    ]) {
      assert.equal(await talk(port, tls), 'hello');
    }
    assert.equal(await talk(port, { ca: ca.text }, 'localhost'), 'hello');
  });

  test('refuses any other as TLS, tells its fingerprint, and has written nothing', async t => {
    const { ca, server, client } = makeCertificates(t);
    const { port, read } = await serve(t, { cert: server.cert.text, key: server.key.text });
    const cases: PeerTls[] = [
      {},
      { fingerprint: client.fingerprint },
      { fingerprint: client.fingerprint, insecure: true },
    ];
    for (const tls of cases) {
      await assert.rejects(open(port, tls), { code: 'TLS', message: new RegExp(server.fingerprint) });
    }
    const other = await serve(t, { cert: client.cert.text, key: client.key.text });
    await assert.rejects(open(other.port, { ca: ca.text }), { code: 'TLS', message: /ALTNAME/ });
    assert.deepEqual([...read, ...other.read], []);
  });

  test('shows its own certificate to a peer that wants one', async t => {
    const { ca, server, client } = makeCertificates(t);
    const { port } = await serve(t, {
      cert: server.cert.text,
      key: server.key.text,
      ca: ca.text,
      requestCert: true,
    });
    assert.equal(await talk(port, { ca: ca.text, cert: client.cert.text, key: client.key.text }), 'hello');
  });

  test('a key that is none is TLS, and is not shown', async () => {
    const error: unknown = await open(1, { cert: 'canary', key: 'canary-key' }).catch(reason => reason);
    assert.match(inspect(error), /`key`/);
    assert.doesNotMatch(inspect(error, { showHidden: true, depth: 20 }), /canary/);
  });

  test('a peer that is not there, does not speak, or speaks no TLS', async t => {
    const silent = createTcpServer(socket => socket.on('error', () => undefined).resume());
    const port = await listen(t, silent);
    await assert.rejects(open(port, {}, { timeoutMs: 50 }), { code: 'TIMEOUT' });
    const ending = new AbortController();
    const opening = open(port, {}, { signal: ending.signal });
    ending.abort(new Error('stopped'));
    await assert.rejects(opening, { message: 'stopped' });
    const clear = createTcpServer(socket =>
      socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    await assert.rejects(open(await listen(t, clear), {}), { code: 'TLS' });
    while ((await connections(silent)) > 0) await new Promise(setImmediate);
    silent.close();
    await assert.rejects(open(port, {}), { code: 'UNREACHABLE' });
  });

  test('leaves no listener on the signal and no timer', async t => {
    const { server } = makeCertificates(t);
    const { port } = await serve(t, { cert: server.cert.text, key: server.key.text });
    const ending = new AbortController();
    const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;
    const before = timers();
    const socket = await open(port, { insecure: true }, { signal: ending.signal });
    assert.equal(timers(), before);
    assert.equal(getEventListeners(ending.signal, 'abort').length, 0);
    assert.equal(socket.listenerCount('error'), 0);
    socket.destroy();
  });
});
