import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readJson } from '../../../src/protocol/json.ts';

describe('JSON of a device', () => {
  test('is read as any, strings of whatever length and characters too', () => {
    const odd = `${'x'.repeat(500_000)}"[{,\\"${'\\'.repeat(9)}${'[{,'.repeat(60_000)}`;
    const value = { a: odd, b: [1, null, { c: odd }], '': {} };
    assert.deepEqual(readJson(JSON.stringify(value)), value);
    const list = Array.from({ length: 15_000 }, (_, index) => index);
    assert.deepEqual(readJson(JSON.stringify(list)), list);
  });

  const rows: [what: string, text: string, code: string][] = [
    ['nested without end', '['.repeat(500_000), 'TOO_LARGE'],
    ['nested too deep', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`, 'TOO_LARGE'],
    ['of too many members', `[${'{},'.repeat(100_000)}1]`, 'TOO_LARGE'],
    [
      'of too many names',
      JSON.stringify(Object.fromEntries(Array.from({ length: 30_000 }, (_, at) => [at, 1]))),
      'TOO_LARGE',
    ],
    ['with a string that does not end', `{"a":"${'x\\"'.repeat(10_000)}`, 'PROTOCOL'],
    ['that is none', 'no'.repeat(10_000), 'PROTOCOL'],
    ['that is empty', '', 'PROTOCOL'],
  ];
  for (const [what, text, code] of rows)
    test(`${what} is ${code}`, () => assert.throws(() => readJson(text), { code }));
});

test('zeros behind a text are no part of it', () => {
  assert.deepEqual(readJson('{"a":1}\0\0'), { a: 1 });
  assert.throws(() => readJson('{"a":\0 1}'), { code: 'PROTOCOL' });
});
