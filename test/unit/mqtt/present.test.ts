import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPresent, type PresentReader } from '../../../src/mqtt/present.ts';

const ALL = { roomFor: () => Number.POSITIVE_INFINITY, mustWait: () => false };

function all(present: PresentReader): [string, string][] {
  const list: [string, string][] = [];
  for (let next = present.next(ALL); next !== undefined; next = present.next(ALL))
    list.push([next.topic, next.payload]);
  return list;
}

describe('present state', () => {
  test('only the latest of each topic is sent, and only once until a new connection', () => {
    const present = createPresent();
    present.set('a', '1');
    present.set('b', '1');
    present.set('a', '2');
    assert.deepEqual(all(present), [
      ['a', '2'],
      ['b', '1'],
    ]);
    assert.deepEqual(all(present), []);
    present.restart();
    assert.deepEqual(all(present), [
      ['a', '2'],
      ['b', '1'],
    ]);
  });

  test('a payload that is a function is asked when it is sent', () => {
    const present = createPresent();
    let value = 1;
    present.set('a', () => String(value));
    value = 2;
    assert.deepEqual(all(present), [['a', '2']]);
  });

  test('a deleted topic is cleared on each connection until the broker has that', () => {
    const present = createPresent();
    present.set('a', '1');
    present.delete('a');
    assert.deepEqual(all(present), [['a', '']]);
    present.restart();
    assert.deepEqual(all(present), [['a', '']]);
    present.arrived('a');
    present.restart();
    assert.deepEqual(all(present), []);
  });

  test('one that was set again meanwhile is not forgotten, one never set needs no clearing', () => {
    const present = createPresent();
    present.set('a', '1');
    present.delete('a');
    all(present);
    present.set('a', '2');
    present.arrived('a');
    present.delete('never');
    assert.deepEqual(all(present), [['a', '2']]);
  });

  test('what the broker refused is tried once more on a new connection', () => {
    const present = createPresent();
    present.set('refused', '1');
    present.block('refused');
    present.set('refused', '2');
    assert.deepEqual(all(present), []);
    present.restart();
    assert.deepEqual(all(present), [['refused', '2']]);
  });

  test('what is postponed comes only when asked for, the smallest first, as it is then', () => {
    const present = createPresent();
    for (const topic of ['large', 'small', 'larger']) present.set(topic, topic);
    for (const [topic] of all(present)) present.postpone(topic);
    present.set('larger', '');
    assert.deepEqual(present.takePostponed(2, ALL), [
      { topic: 'larger', payload: '' },
      { topic: 'large', payload: 'large' },
    ]);
    assert.deepEqual(present.takePostponed(2, ALL), [{ topic: 'small', payload: 'small' }]);
    assert.equal(present.hasPostponed(), false);
  });

  test('a function makes its payload fit the room that its topic has', () => {
    const present = createPresent();
    present.set('ab', room => 'x'.repeat(room));
    assert.deepEqual(present.next({ ...ALL, roomFor: topic => topic.length }), {
      topic: 'ab',
      payload: 'xx',
    });
  });

  test('each change calls back, until cancelled', () => {
    const present = createPresent();
    let calls = 0;
    const cancel = present.onChange(() => {
      calls += 1;
    });
    present.set('a', '1');
    present.delete('a');
    cancel();
    present.set('a', '1');
    assert.equal(calls, 2);
  });
});
