// Which of several errors of one device is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, fail } from '../../../src/util/errors.ts';
import { headline } from '../../../src/util/headline.ts';

test('the one that tells most is told, whatever came last', () => {
  const CASES: [codes: ErrorCode[], told: ErrorCode | undefined][] = [
    [[], undefined],
    [['UNREACHABLE'], 'UNREACHABLE'],
    [['REDIRECT', 'UNREACHABLE'], 'REDIRECT'],
    [['UNREACHABLE', 'NOT_FOUND', 'UNREACHABLE'], 'NOT_FOUND'],
    [['UNREACHABLE', 'TLS'], 'TLS'],
    [['NOT_FOUND', 'BUSY', 'UNSUPPORTED'], 'BUSY'],
    [['TLS', 'AUTH'], 'AUTH'],
    [['TIMEOUT', 'INTERNAL'], 'INTERNAL'],
  ];
  for (const [codes, told] of CASES)
    assert.equal(headline(codes.map(code => fail(code, 'it')))?.code, told, codes.join(' '));
});
