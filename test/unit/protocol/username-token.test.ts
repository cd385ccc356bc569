// WS-UsernameToken, as ONVIF's guide shows it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { usernameToken } from '../../../src/protocol/username-token.ts';
import { readXmlTree } from '../../../src/protocol/xml-tree.ts';
import { secret } from '../../../src/util/secret.ts';

describe('the login of a header', () => {
  test('is the digest of nonce, time and password, never the password', () => {
    const nonce = Buffer.from('LKqI6G/AikKCQrN0zqZFlg==', 'base64');
    const now = Date.UTC(2010, 8, 16, 7, 50, 45, 999);
    const token = usernameToken({ username: 'a<b', password: secret('userpassword'), now, nonce });
    // The worked example of the ONVIF programmer's guide.
    assert.match(token, />tuOSpGlFlIXsozq4HFNeeGeFLEI=</);
    assert.match(token, /#PasswordDigest"/);
    assert.match(token, />2010-09-16T07:50:45Z</);
    assert.ok(!token.includes('userpassword'));
    assert.equal(readXmlTree(token).local, 'Security');
  });

  test('bears another nonce each time', () => {
    const token = () => usernameToken({ username: 'a', password: secret('b'), now: 0 });
    assert.notEqual(token(), token());
  });
});
