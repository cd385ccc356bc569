// How a full queue divides what has to go: always from the device that holds most.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shares } from '../../../src/outbox/trim.ts';

const CASES: {
  name: string;
  held: Record<string, number>;
  excess: number;
  expected: Record<string, number>;
}[] = [
  {
    name: 'the largest alone, while it stays the largest',
    held: { a: 100, b: 20 },
    excess: 50,
    expected: { a: 50 },
  },
  {
    name: 'the largest ones down to one level',
    held: { a: 100, b: 90, c: 10 },
    excess: 50,
    expected: { a: 30, b: 20 },
  },
  {
    name: 'all the same from all',
    held: { a: 30, b: 30, c: 30 },
    excess: 30,
    expected: { a: 10, b: 10, c: 10 },
  },
  {
    name: 'everything, where more has to go than there is',
    held: { a: 5, b: 3 },
    excess: 100,
    expected: { a: 5, b: 3 },
  },
];

for (const { name, held, excess, expected } of CASES) {
  test(`a full queue takes ${name}`, () => {
    assert.deepEqual(Object.fromEntries(shares(new Map(Object.entries(held)), excess)), expected);
  });
}
