import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { parseChallenges } from '../../../src/protocol/challenge.ts';
import { createAuthenticator } from '../../../src/protocol/digest.ts';
import type { ErrorCode } from '../../../src/util/errors.ts';
import { secret } from '../../../src/util/secret.ts';

const GET = { method: 'GET', uri: '/dir/index.html' };

function login(
  options: { username?: string; password?: string; allowBasic?: boolean; cnonce?: string } = {},
) {
  const { username = 'root', password = 'pass', allowBasic = false, cnonce = '0a4f113b' } = options;
  return createAuthenticator({ username, password: secret(password), allowBasic, cnonce: () => cnonce });
}

/** The parameters of an Authorization header. */
function paramsOf(authorization: string | undefined): Record<string, string> {
  return Object.fromEntries(parseChallenges([authorization ?? ''])[0]?.params ?? []);
}

function code(expected: ErrorCode) {
  return (error: unknown) => {
    assert.ok(error instanceof Error && 'code' in error);
    assert.equal(error.code, expected, error.message);
    return true;
  };
}

describe('published examples', () => {
  test('an Axis device over RTSP without qop (PROTOCOLS 1.3)', () => {
    const url = 'rtsp://127.0.0.1/axis-media/media.amp?video=0&audio=0&event=on';
    const nonce = '0000eb57Y1462133062b37999f0cd530f02755fa37b8df1';
    const authenticator = login();
    authenticator.challenge([`Digest realm="AXIS_ACCC8E012345", nonce="${nonce}", stale=FALSE`]);
    const answers = ['DESCRIBE', 'SETUP', 'PLAY'].map(method =>
      authenticator.authorize({ method, uri: url }),
    );
    assert.deepEqual(
      answers.map(answer => paramsOf(answer)['response']),
      [
        '909e6c215f6b0f350147a81ae3980018',
        '3c4d88afefd4ab931f6db658326d60c2',
        '1c882325f7733b0d48d177ee8a0e6b2a',
      ],
    );
    assert.equal(
      answers[0],
      `Digest username="root", realm="AXIS_ACCC8E012345", nonce="${nonce}", uri="${url}", response="909e6c215f6b0f350147a81ae3980018"`,
    );
    assert.equal(authenticator.realm, 'AXIS_ACCC8E012345');
  });

  test('RFC 2617 §3.5', () => {
    const authenticator = login({ username: 'Mufasa', password: 'Circle Of Life' });
    authenticator.challenge([
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    ]);
    assert.equal(
      authenticator.authorize(GET),
      'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", ' +
        'response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41", qop=auth, nc=00000001, cnonce="0a4f113b"',
    );
  });

  test('RFC 7616 §3.9.1: of SHA-256 and MD5 the stronger, whichever stands first', () => {
    const challenge = (algorithm: string) =>
      `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
    for (const headers of [
      ['SHA-256', 'MD5'],
      ['MD5', 'SHA-256'],
    ].map(names => names.map(challenge))) {
      const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';
      const authenticator = login({ username: 'Mufasa', password: 'Circle of Life', cnonce });
      authenticator.challenge(headers);
      const params = paramsOf(authenticator.authorize(GET));
      assert.equal(params['response'], '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');
      assert.equal(params['algorithm'], 'SHA-256');
    }
  });
});

describe('algorithms', () => {
  const HASHES = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const;
  for (const [name, hash] of Object.entries(HASHES)) {
    for (const suffix of ['', '-sess']) {
      test(`${name}${suffix} agrees with node:crypto, in UTF-8`, () => {
        const h = (text: string) => createHash(hash).update(text).digest('hex');
        const authenticator = login({ username: 'Jäsøn', password: 'pässwörd€😀' });
        authenticator.challenge([`Digest realm="r", nonce="n", qop="auth", algorithm="${name}${suffix}"`]);
        const plain = h('Jäsøn:r:pässwörd€😀');
        const ha1 = suffix ? h(`${plain}:n:0a4f113b`) : plain;
        const authorization = authenticator.authorize(GET);
        const params = paramsOf(authorization);
        assert.equal(params['response'], h(`${ha1}:n:00000001:0a4f113b:auth:${h('GET:/dir/index.html')}`));
        assert.equal(params['username*'], "UTF-8''J%C3%A4s%C3%B8n");
        assert.match(authorization ?? '', new RegExp(`algorithm=${name}${suffix},`));
      });
    }
  }

  test('the strongest that is supported is taken, Digest before Basic', () => {
    const authenticator = login({ allowBasic: true });
    authenticator.challenge([
      'Basic realm="b", Digest realm="d", nonce="1", algorithm=SHA-1, Digest realm="d", nonce="2", algorithm=MD5',
      'Digest realm="d", nonce="3", qop="auth-int", algorithm=SHA-512-256, Digest realm="d", nonce="4", algorithm=SHA-256-sess',
    ]);
    assert.equal(paramsOf(authenticator.authorize(GET))['nonce'], '4');
  });
});

describe('header text', () => {
  test('quotes and backslashes are escaped, in the hash they are not', () => {
    const authenticator = login({ username: 'DOMAIN\\"me"' });
    authenticator.challenge(['Digest realm="a \\"b\\"", nonce="x\\\\y", opaque="\\"o"']);
    const authorization = authenticator.authorize(GET) ?? '';
    assert.ok(
      authorization.startsWith('Digest username="DOMAIN\\\\\\"me\\"", realm="a \\"b\\"", nonce="x\\\\y"'),
    );
    assert.equal(paramsOf(authorization)['opaque'], '"o');
    const h = (text: string) => createHash('md5').update(text).digest('hex');
    const response = h(`${h('DOMAIN\\"me":a "b":pass')}:x\\y:${h('GET:/dir/index.html')}`);
    assert.equal(paramsOf(authorization)['response'], response);
  });

  test('a challenge that would break the header is not answered', () => {
    assert.throws(() => login().challenge(['Digest realm="a", nonce="x\r\nEvil: 1"']), code('UNSUPPORTED'));
    assert.throws(() => login().challenge(['Digest realm="\u{1F600}", nonce="x"']), code('UNSUPPORTED'));
  });

  test('the nonce count is hexadecimal, grows with each request, and starts again with a new nonce', () => {
    const authenticator = login();
    authenticator.challenge(['Digest realm="r", nonce="1", qop=auth']);
    const counts = Array.from({ length: 17 }, () => paramsOf(authenticator.authorize(GET))['nc']);
    assert.deepEqual([counts[0], counts[9], counts[16]], ['00000001', '0000000a', '00000011']);
    authenticator.challenge(['Digest realm="r", nonce="1", qop=auth, stale=true']);
    assert.equal(paramsOf(authenticator.authorize(GET))['nc'], '00000012');
    authenticator.challenge(['Digest realm="r", nonce="2", qop=auth, stale=true']);
    assert.equal(paramsOf(authenticator.authorize(GET))['nc'], '00000001');
  });

  test('each session has its own client nonce', () => {
    const cnonces = [1, 2].map(() => {
      const authenticator = createAuthenticator({ username: 'u', password: secret('p'), allowBasic: false });
      authenticator.challenge(['Digest realm="r", nonce="n", qop=auth']);
      return paramsOf(authenticator.authorize(GET))['cnonce'];
    });
    assert.match(cnonces[0] ?? '', /^[0-9a-f]{32}$/);
    assert.notEqual(cnonces[0], cnonces[1]);
  });
});

describe('refusal', () => {
  const digest = (nonce: number, stale = false) => [`Digest realm="r", nonce="n${nonce}", stale=${stale}`];

  test('nothing is said before a challenge; a refused answer is AUTH', () => {
    const authenticator = login();
    assert.equal(authenticator.authorize(GET), undefined);
    authenticator.challenge(digest(1));
    authenticator.authorize(GET);
    assert.throws(() => authenticator.challenge(digest(2)), code('AUTH'));
  });

  test('a stale nonce is no refusal; one fresh nonce after the other called stale is PROTOCOL', () => {
    const authenticator = login();
    authenticator.challenge(digest(1));
    authenticator.authorize(GET);
    authenticator.challenge(digest(2, true));
    assert.equal(paramsOf(authenticator.authorize(GET))['nonce'], 'n2');
    assert.throws(() => authenticator.challenge(digest(3, true)), code('PROTOCOL'));
  });

  test('a long session may meet any number of stale nonces', () => {
    const authenticator = login();
    for (let nonce = 0; nonce < 20; nonce += 1) {
      authenticator.challenge(digest(nonce, nonce > 0));
      authenticator.authorize(GET);
      authenticator.authorize(GET);
    }
  });

  test('an accepted login that meets a new nonce without stale is answered once more, then AUTH', () => {
    const authenticator = login();
    authenticator.challenge(digest(1));
    authenticator.authorize(GET);
    authenticator.authorize(GET);
    authenticator.challenge(digest(2));
    authenticator.authorize(GET);
    assert.throws(() => authenticator.challenge(digest(3)), code('AUTH'));
  });

  test('in parallel, a 401 for a request without or with older credentials is always answerable', () => {
    const authenticator = login();
    authenticator.challenge(digest(1));
    const older = authenticator.authorize(GET);
    authenticator.challenge(digest(2), { authorization: undefined });
    const current = authenticator.authorize(GET);
    authenticator.challenge(digest(2), { authorization: older });
    const again = authenticator.authorize(GET);
    assert.equal(paramsOf(again)['nonce'], paramsOf(current)['nonce']);
    assert.throws(() => authenticator.challenge(digest(3), { authorization: again }), code('AUTH'));
  });

  test('a 401 without a challenge is AUTH after an answer, else PROTOCOL', () => {
    const authenticator = login();
    assert.throws(() => authenticator.challenge([]), code('PROTOCOL'));
    authenticator.challenge(digest(1));
    authenticator.authorize(GET);
    assert.throws(() => authenticator.challenge([]), code('AUTH'));
  });

  test('only auth-int, or only an unknown scheme, is UNSUPPORTED and says what was offered', () => {
    assert.throws(
      () => login().challenge(['Digest realm="r", nonce="n", qop="auth-int", algorithm=MD5', 'Negotiate']),
      (error: Error) =>
        code('UNSUPPORTED')(error) && /digest algorithm=MD5 qop=auth-int, negotiate/.test(error.message),
    );
  });
});

describe('Basic', () => {
  test('in clear it is INSECURE, unless allowed', () => {
    assert.throws(() => login().challenge(['Basic realm="r"']), code('INSECURE'));
    const authenticator = login({ allowBasic: true, password: 'pä:ss' });
    authenticator.challenge(['Basic realm="AXIS_ACCC8E012345"']);
    assert.equal(authenticator.authorize(GET), `Basic ${Buffer.from('root:pä:ss').toString('base64')}`);
    assert.equal(authenticator.realm, 'AXIS_ACCC8E012345');
  });

  test('a refused one is AUTH', () => {
    const authenticator = login({ allowBasic: true });
    authenticator.challenge(['Basic realm="r"']);
    authenticator.authorize(GET);
    assert.throws(() => authenticator.challenge(['Basic realm="r"']), code('AUTH'));
  });
});

test('neither the authenticator nor its errors show the password, a hash of it, or an answer', () => {
  for (const header of ['Digest realm="r", nonce="n"', 'Basic realm="r"']) {
    const authenticator = login({ password: 'canary-7d1', allowBasic: true });
    authenticator.challenge([header]);
    const answer = authenticator.authorize(GET) ?? '';
    let shown = inspect(authenticator, { depth: 20, showHidden: true }) + JSON.stringify(authenticator);
    try {
      authenticator.challenge([header]);
    } catch (error) {
      shown += inspect(error, { depth: 20, showHidden: true });
    }
    assert.match(shown, /AUTH/);
    const hash = createHash('md5').update('root:r:canary-7d1').digest('hex');
    for (const canary of ['canary-7d1', hash, paramsOf(answer)['response'] ?? answer]) {
      assert.ok(!shown.includes(canary));
    }
  }
});
