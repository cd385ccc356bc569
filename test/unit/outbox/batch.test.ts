// A batch as text: what was written is read again, field by field.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBatch, encodeBatch } from '../../../src/outbox/batch.ts';
import { entry } from '../../support/memory-queue.ts';

test('an entry has its demand and its correlation again, or neither', () => {
  const demand = { subscriber: true, by: 5, instead: 'site' };
  const entries = [
    entry(),
    entry({ demand }),
    entry({ correlation: 'AP8=' }),
    entry({ demand, correlation: '', payload: 'a\tb\n' }),
    entry({ payload: '' }),
  ];
  assert.deepEqual(decodeBatch(encodeBatch({ time: 7, entries })), { time: 7, entries });
});
