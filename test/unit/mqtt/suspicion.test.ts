import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSuspicion } from '../../../src/mqtt/suspicion.ts';

const flight = (name: string) => ({ name, key: () => name });
const [a, b, c] = [flight('a'), flight('b'), flight('c')];

describe('suspicion', () => {
  test('the oldest of three ends in a row goes alone, and is the culprit when it ends a fourth', () => {
    const suspicion = createSuspicion();
    for (let n = 0; n < 3; n++) assert.equal(suspicion.lost([a, b, c]), undefined);
    assert.equal(suspicion.alone(), 3);
    assert.equal(suspicion.lost([a]), a);
  });

  test('those that were with it go alone too, until all have passed', () => {
    const suspicion = createSuspicion();
    for (let n = 0; n < 3; n++) suspicion.lost([a, b, c]);
    suspicion.cleared();
    assert.equal(suspicion.alone(), 2);
    assert.equal(suspicion.lost([b]), undefined);
    assert.equal(suspicion.lost([b]), undefined);
    assert.equal(suspicion.lost([b]), b);
    suspicion.cleared();
    suspicion.cleared();
    assert.equal(suspicion.alone(), 0);
  });

  test('a connection that moves on accuses nobody', () => {
    const suspicion = createSuspicion();
    for (const oldest of [a, b, a, b, a, b]) assert.equal(suspicion.lost([oldest, c]), undefined);
    assert.equal(suspicion.alone(), 0);
  });

  test('an end with nothing on its way counts for nothing', () => {
    const suspicion = createSuspicion();
    for (let n = 0; n < 5; n++) assert.equal(suspicion.lost([]), undefined);
  });

  test('one that the broker named need not go alone', () => {
    const suspicion = createSuspicion();
    const losses = [1, 2, 3].map(() => suspicion.lost([a, b, c], b));
    assert.deepEqual(losses, [undefined, undefined, b]);
  });
});
