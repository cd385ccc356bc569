import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitJson } from '../../../src/util/fit.ts';

const FORMS = [() => ({ name: 'é', list: [1, 2, 3, 4, 5] }), () => ({ name: 'é' }), () => ({})];
const [ALL, LESS, LEAST] = [
  '{"name":"é","list":[1,2,3,4,5]}',
  '{"name":"é","shortened":true}',
  '{"shortened":true}',
];

for (const [room, text] of [
  [Number.POSITIVE_INFINITY, ALL],
  [Buffer.byteLength(LESS), LESS],
  [Buffer.byteLength(LESS) - 1, LEAST],
  [0, LEAST],
] as const)
  test(`${room} bytes hold ${text}`, () => {
    assert.equal(fitJson(room, FORMS), text);
  });
