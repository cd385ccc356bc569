import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseChallenges } from '../../../src/protocol/challenge.ts';
import { cpuTime } from '../../support/cpu-time.ts';

/** The challenges as plain objects. */
function read(...headers: string[]) {
  return parseChallenges(headers).map(({ scheme, params }) => ({ scheme, ...Object.fromEntries(params) }));
}

describe('parseChallenges', () => {
  test('reads what an Axis device says over RTSP', () => {
    assert.deepEqual(read('Digest realm="AXIS_ACCC8E012345", nonce="0000eb57Y14", stale=FALSE'), [
      { scheme: 'digest', realm: 'AXIS_ACCC8E012345', nonce: '0000eb57Y14', stale: 'FALSE' },
    ]);
  });

  test('keeps every challenge of one header and of several, in order', () => {
    const both = ['Digest realm="a", nonce="1", qop="auth,auth-int"', 'Basic realm="b"'];
    const expected = [
      { scheme: 'digest', realm: 'a', nonce: '1', qop: 'auth,auth-int' },
      { scheme: 'basic', realm: 'b' },
    ];
    assert.deepEqual(read(...both), expected);
    assert.deepEqual(read(both.join(', ')), expected);
    assert.deepEqual(read(both.toReversed().join(',')), expected.toReversed());
  });

  test('undoes quotes and escapes, and finds no challenge inside a quoted text', () => {
    assert.deepEqual(read('Digest realm="a \\"b\\", Basic realm=\\\\c", nonce=x'), [
      { scheme: 'digest', realm: 'a "b", Basic realm=\\c', nonce: 'x' },
    ]);
  });

  test('takes token68 and bare schemes for challenges, not for parameters', () => {
    assert.deepEqual(read('Negotiate YIIB/+A==, NTLM, Digest nonce="n"'), [
      { scheme: 'negotiate' },
      { scheme: 'ntlm' },
      { scheme: 'digest', nonce: 'n' },
    ]);
  });

  test('takes names in any case, blanks around "=", empty list items and bare values', () => {
    assert.deepEqual(read(' ,, DIGEST  Realm = "a" ,\t, NONCE= abc==,algorithm=MD5,'), [
      { scheme: 'digest', realm: 'a', nonce: 'abc==', algorithm: 'MD5' },
    ]);
  });

  test('keeps the first of a name that comes twice', () => {
    assert.deepEqual(read('Digest nonce="1", nonce="2"'), [{ scheme: 'digest', nonce: '1' }]);
  });

  test('passes over junk, and an unfinished quote costs only its own header', () => {
    assert.deepEqual(read('"?;() realm="x" =,', 'Digest nonce="n', 'Basic realm=r'), [
      { scheme: 'digest', nonce: 'n' },
      { scheme: 'basic', realm: 'r' },
    ]);
  });

  test('takes __proto__ for a name like any other', () => {
    const [challenge] = parseChallenges(['Digest __proto__="x"']);
    assert.equal(challenge?.params.get('__proto__'), 'x');
  });

  test('is bounded in text, challenges and parameters', () => {
    const params = Array.from({ length: 100 }, (_, at) => `p${at}=1`).join(', ');
    assert.equal(parseChallenges([`Digest ${params}`])[0]?.params.size, 32);
    assert.equal(
      parseChallenges([Array.from({ length: 100 }, () => 'Basic realm="x"').join(', ')]).length,
      16,
    );
    const [first, second] = parseChallenges([`Digest nonce="${'x'.repeat(1e6)}"`, 'Basic realm="x"']);
    assert.ok((first?.params.get('nonce')?.length ?? 0) < 17_000);
    assert.equal(second, undefined);
  });

  test('takes time linear in the text, whatever it is', () => {
    for (const unit of ['a', '"', '\\"', ',', ' ', '=', 'a=', 'a ', 'a=" ', 'A b/', '\t']) {
      const ms = cpuTime(() => parseChallenges([unit.repeat(16_384)]));
      assert.ok(ms < 500, `${JSON.stringify(unit)} took ${ms} ms`);
    }
  });
});
