import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUnaskedLimit } from '../../../src/mqtt/unasked.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

test('a thousand within ten seconds are a flood, told once; a few now and then are none', async () => {
  const clock = createFakeClock();
  let floods = 0;
  const unasked = createUnaskedLimit(clock, () => {
    floods += 1;
  });
  for (let n = 0; n < 20; n++) {
    for (let m = 0; m < 900; m++) unasked();
    await clock.advance(10_001);
  }
  assert.equal(floods, 0);
  for (let n = 0; n < 5_000; n++) unasked();
  assert.equal(floods, 1);
});
