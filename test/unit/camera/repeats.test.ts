import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRepeats } from '../../../src/camera/repeats.ts';

test('the same content is counted, each on its own', () => {
  const repeats = createRepeats();
  assert.deepEqual(['a', 'b', 'a', 'a', 'b'].map(repeats), [0, 0, 1, 2, 1]);
});

test('each connection counts anew', () => {
  createRepeats()('a');
  assert.equal(createRepeats()('a'), 0);
});

test('the sixteen contents seen last are remembered', () => {
  const repeats = createRepeats();
  const others = (count: number) => Array.from({ length: count }, (_, at) => repeats(`other ${at}`));
  repeats('a');
  others(15);
  assert.equal(repeats('a'), 1);
  others(16);
  assert.equal(repeats('a'), 0);
});
