// An end of one's own, with another's behind it.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { aborted, endWith } from '../../../src/util/ending.ts';

test('it comes with the other one, by that one’s reason, at once where that was before', async () => {
  const other = new AbortController();
  const { signal } = endWith(other.signal);
  other.abort('stopped');
  await aborted(signal);
  assert.equal(signal.reason, 'stopped');
  assert.equal(endWith(other.signal).signal.reason, 'stopped');
});

test('it may come first, does not end the other one, and leaves nothing there', () => {
  const other = new AbortController();
  const { signal, end, unlink } = endWith(other.signal);
  end('enough');
  unlink();
  assert.deepEqual([signal.reason, other.signal.aborted], ['enough', false]);
  assert.equal(getEventListeners(other.signal, 'abort').length, 0);
});
