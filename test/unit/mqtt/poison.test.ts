import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PoisonSearch } from '../../../src/mqtt/poison.ts';
import { entries, entry } from '../../support/memory-queue.ts';

/** Retained messages of the present state have no device. */
const shown = (topic: string) => entry({ device: '', topic, seq: 0, id: '', retain: true });

/** Connections that end at one of these messages, sent in order; gives how many it takes to be sure, or 0 for never. */
function endsUntilFound(search: PoisonSearch, seq: number, all = entries(1_000)): number {
  let sent = 0;
  for (let ends = 1; ends < 50; ends++) {
    // The broker answers nothing of the group in which the culprit is, and all before it.
    for (;;) {
      const group = all.slice(sent, sent + Math.min(1_000, search.window));
      if (group.some(one => one.seq === seq)) break;
      for (const one of group) search.answered(one);
      sent += group.length;
    }
    const culprit = search.lost(all.slice(sent, sent + Math.min(1_000, search.window)));
    if (culprit !== undefined) return culprit.seq === seq ? ends : -1;
  }
  return 0;
}

describe('the search for a message that ends the connection', () => {
  for (const seq of [1, 500, 1_000])
    test(`finds number ${seq} of a full window in at most seven connections`, () => {
      const search = new PoisonSearch();
      search.answered(shown('a/info'));
      const ends = endsUntilFound(search, seq);
      assert.ok(ends > 0 && ends <= 7, `${ends} ends`);
    });

  test('what was alone three times in a row is the culprit; where there was one before, twice', () => {
    const search = new PoisonSearch();
    const [first, second] = entries(2);
    assert.ok(first && second);
    search.answered(entry({ seq: 98 }));
    assert.deepEqual(
      [1, 2, 3].map(() => search.lost([first])),
      [undefined, undefined, first],
    );
    search.answered(entry({ seq: 99 }));
    assert.deepEqual(
      [1, 2].map(() => search.lost([second])),
      [undefined, second],
    );
  });

  test('where the broker takes nothing else, it takes longer, and proves nothing', () => {
    const search = new PoisonSearch();
    const [first] = entries(1);
    assert.ok(first);
    const ends = Array.from({ length: 8 }, () => [search.lost([first]) === first, search.isSearching]);
    assert.deepEqual(ends, [
      ...Array.from({ length: 2 }, () => [false, true]),
      ...Array.from({ length: 5 }, () => [false, false]),
      [true, false],
    ]);
    assert.equal(search.isProven, false);
  });

  test('a connection that moves on accuses nobody, and is not one more of the same', () => {
    const search = new PoisonSearch();
    for (const one of entries(20)) {
      assert.equal(search.lost([one]), undefined);
      assert.equal(search.isStuck, false);
      search.answered(one);
    }
  });

  test('an end with nothing on its way counts for nothing', () => {
    const search = new PoisonSearch();
    for (let n = 0; n < 5; n++) assert.equal(search.lost([]), undefined);
    assert.deepEqual(
      [search.isStuck, search.isSearching, search.window],
      [false, false, Number.POSITIVE_INFINITY],
    );
  });

  test('a topic of QoS 0 that was the last at three ends in a row is the culprit, and none before', () => {
    const search = new PoisonSearch();
    const found = ['a', 'b', 'a', 'a', 'a', 'a', 'a', 'a'].map(topic => search.lostUnanswered(topic));
    assert.deepEqual(found, [false, false, false, false, true, false, false, true]);
  });

  test('small groups last until all suspects of the queue are answered, or have expired and others are', () => {
    const search = new PoisonSearch();
    const [, ...rest] = entries(17);
    search.lost(rest);
    assert.equal(search.window, 4);
    for (const one of entries(15)) search.answered(one);
    assert.equal(search.window, 4);
    search.answered(entry({ seq: 99 }));
    assert.equal(search.window, Number.POSITIVE_INFINITY);
  });

  test('suspects of the present state hold up nothing of the queue, and stay so until they are answered', () => {
    const search = new PoisonSearch();
    search.lost([shown('a/info'), shown('b/info'), shown('c/info'), shown('d/info')]);
    assert.equal(search.window, Number.POSITIVE_INFINITY);
    assert.equal(search.group, 2);
    search.lost([]);
    assert.equal(search.isSuspect('a/info'), true);
    search.answered(shown('a/info'));
    assert.equal(search.isSuspect('a/info'), false);
    assert.equal(search.isProven, false);
    const last = shown('b/info');
    assert.equal(search.lost([last]), undefined);
    assert.equal(search.lost([last]), last);
    assert.equal(search.isProven, true);
    assert.equal(search.isSuspect('b/info'), false);
  });
});
