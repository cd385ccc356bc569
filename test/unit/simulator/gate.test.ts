// The login of a device: the known digests, and everything that a strict server refuses.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestResponse } from '../../../src/simulator/http/digest.ts';
import { createGate } from '../../../src/simulator/http/gate.ts';
import type { AuthOptions } from '../../../src/simulator/options.ts';
import { settle } from '../../../src/simulator/settings.ts';
import { authorize } from './client.ts';

const ORDINARY = settle({}).auth.http;

function gateWith(options: AuthOptions) {
  const account = () => ({ username: 'root', password: 'pass' });
  return createGate({ realm: 'AXIS_ACCC8E012345', account, options: { ...ORDINARY, ...options } });
}

describe('the digest', () => {
  const URL = 'rtsp://127.0.0.1/axis-media/media.amp?video=0&audio=0&event=on';
  // The capture of PROTOCOLS 1.3: uri is the session's URL for every method.
  const VECTORS: [string, string][] = [
    ['DESCRIBE', '909e6c215f6b0f350147a81ae3980018'],
    ['SETUP', '3c4d88afefd4ab931f6db658326d60c2'],
    ['PLAY', '1c882325f7733b0d48d177ee8a0e6b2a'],
  ];
  for (const [method, expected] of VECTORS) {
    test(`of the captured ${method}`, () => {
      const account = { username: 'root', password: 'pass', realm: 'AXIS_ACCC8E012345' };
      const nonce = '0000eb57Y1462133062b37999f0cd530f02755fa37b8df1';
      assert.equal(digestResponse({ algorithm: 'MD5', ...account, method, uri: URL, nonce }), expected);
    });
  }

  // RFC 7616 §3.9.1.
  const EXAMPLES: ['MD5' | 'SHA-256', string][] = [
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ];
  for (const [algorithm, expected] of EXAMPLES) {
    test(`of the RFC's example with ${algorithm}`, () => {
      const response = digestResponse({
        algorithm,
        username: 'Mufasa',
        realm: 'http-auth@example.org',
        password: 'Circle of Life',
        method: 'GET',
        uri: '/dir/index.html',
        nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
        fresh: { nc: '00000001', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' },
      });
      assert.equal(response, expected);
    });
  }
});

describe('the gate', () => {
  const parts = { method: 'GET', uri: '/x?a=b' };
  const check = (gate: ReturnType<typeof gateWith>, authorization?: string) =>
    gate.check(parts.method, parts.uri, authorization);
  const challenge = (gate: ReturnType<typeof gateWith>) => gate.challenges(false)[0] ?? '';

  test('lets a right digest in, each nc once, and larger only', () => {
    const gate = gateWith({});
    const text = challenge(gate);
    assert.equal(check(gate), 'missing');
    assert.equal(check(gate, authorize(text, parts)), 'ok');
    assert.equal(check(gate, authorize(text, parts)), 'stale');
    assert.equal(check(gate, authorize(text, { ...parts, nc: '0000000f' })), 'ok');
    assert.equal(check(gate, authorize(text, { ...parts, nc: '00000010' })), 'ok');
    assert.equal(check(gate, authorize(text, { ...parts, nc: '0000000a' })), 'stale');
  });

  test('with exactNc a decimal count is found out', () => {
    const gate = gateWith({ exactNc: true });
    const text = challenge(gate);
    for (const nc of ['00000001', '00000002'])
      assert.equal(check(gate, authorize(text, { ...parts, nc })), 'ok');
    assert.equal(check(gate, authorize(text, { ...parts, nc: '00000010' })), 'stale');
  });

  const WRONG: [string, (text: string) => string][] = [
    ['another password', text => authorize(text, { ...parts, password: 'no' })],
    ['another user', text => authorize(text, { ...parts, username: 'no' })],
    ['another method', text => authorize(text, { ...parts, method: 'POST' })],
    ['a uri that is not the target', text => authorize(text, { ...parts, uri: '/x' })],
    ['an nc of another form', text => authorize(text, { ...parts, nc: '1' })],
    ['no qop where it was asked for', text => authorize(text.replace(/, qop="auth"/, ''), parts)],
    ['a parameter twice', text => `${authorize(text, parts)}, nc=00000001`],
    ['another realm', text => authorize(text.replace('AXIS_', 'axis_'), parts)],
    ['an algorithm that was not offered', text => authorize(text.replace('MD5', 'SHA-256'), parts)],
    ['Basic where Digest was asked for', () => `Basic ${Buffer.from('root:pass').toString('base64')}`],
    ['no scheme at all', () => 'root:pass'],
  ];
  for (const [name, make] of WRONG) {
    test(`refuses ${name}`, () => {
      const gate = gateWith({});
      assert.equal(check(gate, make(challenge(gate))), 'wrong');
    });
  }

  test('calls a right digest on an unknown or used-up nonce stale', () => {
    const gate = gateWith({ nonceUses: 2 });
    const text = challenge(gate);
    for (const nc of ['00000001', '00000002'])
      assert.equal(check(gate, authorize(text, { ...parts, nc })), 'ok');
    assert.equal(check(gate, authorize(text, { ...parts, nc: '00000003' })), 'stale');
    assert.match(gate.challenges(true)[0] ?? '', /stale=TRUE/);
    const fresh = challenge(gate);
    gate.forget();
    assert.equal(check(gate, authorize(fresh, parts)), 'stale');
  });

  test('without qop takes the RFC 2069 form, and that alone', () => {
    const gate = gateWith({ qop: false, nameAlgorithm: false });
    const text = challenge(gate);
    assert.match(text, /^Digest realm="AXIS_ACCC8E012345", nonce="[^"]+", stale=FALSE$/);
    assert.equal(check(gate, authorize(text, parts)), 'ok');
    assert.equal(check(gate, authorize(`${text}, qop="auth"`, parts)), 'wrong');
  });

  test('offers SHA-256 beside MD5, in its order, in one header or several', () => {
    const options: AuthOptions = { algorithms: ['SHA-256', 'MD5'], schemes: ['digest', 'basic'] };
    const gate = gateWith(options);
    const texts = gate.challenges(false);
    assert.deepEqual(
      texts.map(text => /algorithm=[\w-]+|^Basic/.exec(text)?.[0]),
      ['algorithm=SHA-256', 'algorithm=MD5', 'Basic'],
    );
    for (const text of texts.slice(0, 2)) assert.equal(check(gate, authorize(text, parts)), 'ok');
    assert.equal(check(gate, `Basic ${Buffer.from('root:pass').toString('base64')}`), 'ok');
    assert.equal(gateWith({ ...options, oneHeader: true }).challenges(false).length, 1);
  });
});
