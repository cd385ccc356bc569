// How an action ended, as it may leave the bridge.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed } from '../../../src/actions/outcome.ts';
import { type ErrorCode, fail } from '../../../src/util/errors.ts';

const ROWS: [code: ErrorCode, message: string][] = [
  ['TLS', '192.0.2.10:443: SELF_SIGNED_CERT_IN_CHAIN'],
  ['UNREACHABLE', 'POST http://192.0.2.10/axis-cgi/io.cgi: ECONNREFUSED'],
  ['WRONG_DEVICE', '192.0.2.10 has serial number ACCC8E0000FF, not ACCC8E000001'],
  ['NOT_FOUND', 'POST http://192.0.2.10:8080/axis-cgi/siren_and_light.cgi: HTTP 404'],
];

for (const [code, message] of ROWS) {
  test(`${code} says what happened and not at which address`, () => {
    const { message: said, code: told } = failed(fail(code, message));
    assert.equal(told, code);
    assert.ok(said.length > 5);
    assert.ok(!said.includes('192.0.2.10'), said);
  });
}
