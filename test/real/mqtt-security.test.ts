// The security of the way to a broker: what it refuses is said by name, and what it wants can be given.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { secret } from '../../src/util/secret.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { isDown, isUp, startPublisher } from '../support/publisher.ts';
import { CONNACK_5, startRawBroker } from '../support/raw-broker.ts';

type Tls = NonNullable<NonNullable<Parameters<typeof startPublisher>[2]>['broker']>['tls'];

/** The error of the first try. */
async function refusal(t: TestContext, url: string, broker: Parameters<typeof startPublisher>[2] = {}) {
  const publisher = startPublisher(t, url, broker);
  const state = await publisher.until(isDown);
  await publisher.kill();
  assert.ok(state.state === 'down');
  return state.error;
}

/** A TLS server that takes the handshake, or not, and nothing more. */
async function startTls(t: TestContext, { server }: Certificates, options: TlsOptions): Promise<string> {
  const listening = createTlsServer({ cert: server.cert.text, key: server.key.text, ...options }, socket => {
    socket.on('error', () => undefined);
    if (socket.alpnProtocol === 'mqtt') socket.write(Buffer.from(CONNACK_5));
  }).listen(0, '127.0.0.1');
  listening.on('tlsClientError', () => undefined);
  await once(listening, 'listening');
  t.after(() => listening.close());
  const address = listening.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `mqtts://127.0.0.1:${address.port}`;
}

describe('what a broker refuses in the TLS handshake is said by name', need('mosquitto'), () => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`${maxVersion}: no certificate of ours, and one that it does not accept`, async t => {
      const [certificates, others] = [makeCertificates(t), makeCertificates(t)];
      const { ca } = certificates;
      const { port } = await startMutual(t, certificates, maxVersion);
      const none = await refusal(t, `mqtts://127.0.0.1:${port}`, { broker: { tls: { ca: ca.text } } });
      assert.equal(none.code, 'TLS');
      assert.match(none.message, /`tls\.cert` and `tls\.key`/);
      const { cert, key } = others.client;
      const strange: Tls = { ca: ca.text, cert: cert.text, key: key.text };
      const other = await refusal(t, `mqtts://127.0.0.1:${port}`, { broker: { tls: strange } });
      assert.equal(other.code, 'TLS');
      assert.match(other.message, /did not accept our certificate/);
    });
  }

  test('TLS 1.1 alone, no TLS at all, and a protocol name that it does not serve', async t => {
    const certificates = makeCertificates(t);
    const tls = { ca: certificates.ca.text };
    const old = await startTls(t, certificates, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    assert.match((await refusal(t, old, { broker: { tls } })).message, /no TLS of version 1\.2 or later/);
    const plain = await startRawBroker(t, () => [...Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]);
    const spoken = await refusal(t, plain.url.replace('mqtt:', 'mqtts:'), { broker: { tls } });
    assert.match(spoken.message, /speaks no TLS at that port/);
    const web = await startTls(t, certificates, { ALPNProtocols: ['http/1.1'] });
    const served = await refusal(t, web, { broker: { tls: { ...tls, alpn: ['mqtt'] } } });
    assert.match(served.message, /none of the protocols of `tls\.alpn`/);
  });
});

test('ALPN: the name asked for is the one that the server chooses', need('openssl'), async t => {
  const certificates = makeCertificates(t);
  const url = await startTls(t, certificates, { ALPNProtocols: ['http/1.1', 'mqtt'] });
  const tls: Tls = { ca: certificates.ca.text, alpn: ['mqtt'] };
  await startPublisher(t, url, { broker: { tls } }).until(isUp);
});

describe('the request that opens a WebSocket', () => {
  test('bears the headers and the path; none of it is in a log, state or error', async t => {
    const seen: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
    for (const [status, code] of [
      [401, 'BROKER_AUTH'],
      [403, 'BROKER_AUTH'],
      [404, 'BROKER_REFUSED'],
      [502, 'PROTOCOL'],
    ] as const) {
      const server = createServer().listen(0, '127.0.0.1');
      server.on('upgrade', ({ url, headers }, socket) => {
        seen.push({ url, headers });
        socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      });
      await once(server, 'listening');
      t.after(() => server.close());
      const address = server.address();
      assert.ok(typeof address === 'object' && address !== null);
      const headers = { Authorization: secret('Bearer k2j3h4') };
      const publisher = startPublisher(t, `ws://127.0.0.1:${address.port}/broker/mqtt`, {
        broker: { headers },
      });
      const state = await publisher.until(isDown);
      assert.ok(state.state === 'down');
      assert.equal(state.error.code, code);
      assert.ok(!JSON.stringify([publisher.lines, publisher.states, state.error.stack]).includes('k2j3h4'));
      await publisher.kill();
    }
    assert.deepEqual([...new Set(seen.map(({ url }) => url))], ['/broker/mqtt']);
    assert.ok(seen.every(({ headers }) => headers.authorization === 'Bearer k2j3h4'));
  });
});

/** A mosquitto that wants a client's certificate. */
function startMutual(t: TestContext, { ca, server }: Certificates, version: string): Promise<Mosquitto> {
  const files = [`cafile ${ca.file}`, `certfile ${server.cert.file}`, `keyfile ${server.key.file}`];
  return startMosquitto(t, {
    config: [...files, 'require_certificate true', `tls_version ${version.toLowerCase()}`],
  });
}
