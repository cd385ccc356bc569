import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hidden } from '../../../src/util/hidden.ts';

test('a text is hidden as addresses, host names, JSON and fingerprints write it', () => {
  const hidden = new Hidden();
  hidden.add('to k{n"', '[TOKEN]');
  hidden.add('SecretHost', '[HOST]');
  const digits = 'abcdef0123456789'.repeat(4);
  hidden.add(digits, '[PIN]');
  const pairs = digits.toUpperCase().match(/../g) ?? [];
  for (const [text, shown] of [
    ['wss://h:443/to%20k%7Bn%22', 'wss://h:443/[TOKEN]'],
    ['{"a":"to k{n\\""}', '{"a":"[TOKEN]"}'],
    ['wss://secrethost:443/x', 'wss://[HOST]:443/x'],
    [`pinned ${pairs.join(':')}`, 'pinned [PIN]'],
    [`pinned ${pairs.join('')}`, 'pinned [PIN]'],
    ['a stranger', 'a stranger'],
  ] as const)
    assert.equal(hidden.text(text), shown);
});
