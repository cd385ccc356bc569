import assert from 'node:assert/strict';
import { test } from 'node:test';
import { booleanOf } from '../../../src/util/boolean.ts';

const rows: [said: unknown, meant: boolean | undefined][] = [
  [true, true],
  [false, false],
  ['true', true],
  ['False', false],
  [' TRUE\n', true],
  ['1', true],
  ['0', false],
  ['active', true],
  ['Inactive', false],
  ['ON', true],
  ['off', false],
  ['open', undefined],
  ['yes', undefined],
  ['Locked', undefined],
  ['', undefined],
  ['constructor', undefined],
  ['10', undefined],
  [1, undefined],
  [0, undefined],
  [null, undefined],
  [undefined, undefined],
  [[true], undefined],
  [{ active: true }, undefined],
];
for (const [said, meant] of rows)
  test(`${JSON.stringify(said)} means ${meant}`, () => assert.equal(booleanOf(said), meant));
