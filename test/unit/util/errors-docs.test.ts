// The README's table of errors says what the code says.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ERRORS } from '../../../src/util/errors.ts';

const AGAIN = {
  soon: 'soon',
  late: 'after 5 minutes',
  refusal: 'after 5 minutes; soon where it worked before',
  login: 'after 5 minutes; where it worked before first after 25 and 28 s',
};
/** The logins of a broker are one account with waits of its own (src/mqtt/logins.ts). */
const OF_BROKERS = 'after 5 minutes; where it worked before first after 20 and 50 s';
const README = new URL('../../../README.md', import.meta.url);

test('the README lists every error with its meaning, what to do, and when it is tried again', async () => {
  const text = await readFile(README, 'utf8');
  const listed = text.split('\n').filter(line => /^\| `[A-Z_]+` \|/.test(line));
  const rows = Object.entries(ERRORS).map(([code, { meaning, hint, retry }]) => {
    return `| \`${code}\` | ${meaning} | ${hint} | ${code === 'BROKER_AUTH' ? OF_BROKERS : AGAIN[retry]} |`;
  });
  assert.deepEqual(listed, rows);
});
