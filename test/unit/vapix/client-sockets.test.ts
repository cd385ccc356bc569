import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { secret } from '../../../src/util/secret.ts';
import type { DeviceAddress } from '../../../src/vapix/address.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { type Answer, PASSWORD, protectedBy, startHttpDevice } from '../../support/http-device.ts';
import { need } from '../../support/need.ts';
import { codeOf, connect, get, ok } from './helper.ts';

describe('sockets', () => {
  /** Waits until no connection is open, for so many turns of at least 5 ms, which a slow machine makes longer. */
  const settled = async (device: { connections(): Promise<number> }, turns = 4000) => {
    for (let turn = 0; turn < turns && (await device.connections()) > 0; turn++)
      await new Promise(resolve => setTimeout(resolve, 5));
    assert.equal(await device.connections(), 0);
  };

  test('at most two are open, they are kept for a burst and gone a second later', async t => {
    const device = await startHttpDevice(t, protectedBy(PASSWORD, ok));
    const client = connect(t, device.address);
    await Promise.all(Array.from({ length: 12 }, (_, at) => client.request(get(`/${at}`))));
    assert.equal(device.peak(), 2);
    // The server would keep them for 5 s.
    await settled(device, 500);
    assert.equal((await client.request(get())).text, 'fine');
  });

  test('an aborted request, running or waiting, ends at once with the reason', async t => {
    const device = await startHttpDevice(t, () => undefined);
    const client = connect(t, device.address);
    const ending = new AbortController();
    const requests = [1, 2, 3].map(() => client.request({ ...get(), signal: ending.signal }));
    while (device.seen.length < 2) await new Promise(setImmediate);
    ending.abort(new Error('stopped'));
    for (const request of requests) await assert.rejects(request, { message: 'stopped' });
    await settled(device);
    await assert.rejects(client.request({ ...get(), signal: ending.signal }), { message: 'stopped' });
    assert.equal(device.seen.length, 2);
  });

  test('close frees an idle socket at once', async t => {
    const device = await startHttpDevice(t, ok);
    const client = connect(t, device.address);
    await client.request(get());
    assert.equal(await device.connections(), 1);
    client.close();
    // By itself it would go after 1 s.
    await settled(device, 100);
  });

  test('close, or the signal, ends what runs and leaves nothing', async t => {
    const device = await startHttpDevice(t, () => undefined);
    const ending = new AbortController();
    const bySignal = connect(t, device.address, { signal: ending.signal });
    const byClose = connect(t, device.address);
    const failures = [bySignal, byClose].map(client => assert.rejects(client.request(get())));
    while (device.seen.length < 2) await new Promise(setImmediate);
    const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;
    ending.abort();
    byClose.close();
    await Promise.all(failures);
    await settled(device);
    assert.equal(timers(), 0);
    assert.equal(await codeOf(byClose.request(get())), 'CLOSED');
  });
});

describe('https', need('openssl'), () => {
  test('a certificate that is not accepted gets no request', async t => {
    const { ca, server, client } = makeCertificates(t);
    const device = await startHttpDevice(t, protectedBy(PASSWORD, ok), {
      cert: server.cert.text,
      key: server.key.text,
    });
    const open = (tls: DeviceAddress['tls']) => connect(t, { ...device.address, tls });
    for (const tls of [{}, { fingerprint: client.fingerprint }, { ca: client.cert.text }]) {
      assert.equal(await codeOf(open(tls).request(get())), 'TLS');
    }
    assert.equal(device.seen.length, 0);
    for (const tls of [{ ca: ca.text }, { fingerprint: server.fingerprint }, { insecure: true }]) {
      assert.equal((await open(tls).request(get())).text, 'fine');
    }
  });

  test('two sockets at most, Basic allowed, nothing left after close', async t => {
    const { server } = makeCertificates(t);
    const answer: Answer = (request, response) => {
      if (request.authorization === `Basic ${Buffer.from(`root:${PASSWORD}`).toString('base64')}`)
        return response.end('fine');
      return response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
    };
    const device = await startHttpDevice(t, answer, { cert: server.cert.text, key: server.key.text });
    const tls = { fingerprint: server.fingerprint };
    const client = connect(t, { ...device.address, tls });
    await Promise.all(Array.from({ length: 12 }, () => client.request(get())));
    assert.ok(device.peak() <= 2, `${device.peak()} sockets`);
    const wrong = connect(t, { ...device.address, tls, password: secret('another') });
    assert.equal(await codeOf(wrong.request(get())), 'AUTH');
    const opening = client.request(get());
    client.close();
    wrong.close();
    assert.equal(await codeOf(opening), 'CLOSED');
    while ((await device.connections()) > 0) await new Promise(resolve => setTimeout(resolve, 5));
  });
});
