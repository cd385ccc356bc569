import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withinBudget } from '../../../src/camera/budget/budget.ts';
import type { Note } from '../../../src/camera/outlet.ts';
import type { Log } from '../../../src/util/log.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { setup } from './budget-setup.ts';
import { createHouse } from './helper.ts';

test('without a budget nothing is between the device and its way out', () => {
  const { outlet } = createHouse();
  const clock = createFakeClock();
  const log: Log = { error: assert.fail, warn: assert.fail, info: assert.fail };
  assert.equal(withinBudget({ outlet, budget: undefined, clock, log }), outlet);
});

test('within the budget all passes at once and as it is: ten seconds of it at first, then so many a second', async () => {
  const { send, spend, clock, published, lines } = setup(2);
  await spend();
  assert.deepEqual(
    published(),
    Array.from({ length: 20 }, (_, at) => String(at + 1)),
  );
  for (let second = 0; second < 5; second++) {
    await clock.advance(1000);
    for (const port of [1, 2]) await send(port);
  }
  assert.equal(published(20).length, 10);
  assert.deepEqual([lines, clock.waiting()], [[], 0]);
});

describe('past the budget', () => {
  test('a state is published as soon as there is budget, then its last change once a second', async () => {
    const { send, spend, clock, published } = setup(4);
    await spend();
    for (let step = 0; step < 30; step++) {
      void send(1);
      await clock.advance(100);
    }
    await clock.advance(2000);
    // 41 waits for the first token, of 250 ms; windows end 1, 2 and 3 s after that.
    assert.deepEqual(published(40), ['43 merged 2', '53 merged 9', '63 merged 9', '70 merged 6']);
    assert.equal(clock.waiting(), 1, 'only the look whether it is over');
  });

  test('a state that changes once passes when its turn comes, whole', async () => {
    const { send, spend, clock, published } = setup(4);
    await spend();
    void send(1);
    void send(2);
    await clock.advance(500);
    assert.deepEqual(published(40), ['41', '42']);
  });

  test('a state that came to rest passes at once again', async () => {
    const { send, spend, clock, published } = setup(4);
    await spend();
    void send(1);
    await clock.advance(2000);
    await send(1);
    assert.deepEqual(published(40), ['41', '42']);
  });

  test('one that flaps leaves the rest of the budget to the others', async () => {
    const { send, spend, clock, published } = setup(4);
    await spend();
    for (let step = 0; step < 40; step++) {
      void send(1);
      await clock.advance(50);
    }
    const before = published().length;
    await send(2);
    assert.deepEqual(published(before), ['81']);
  });

  test('pulses are dropped, and take no token from a state that waits', async () => {
    const { send, spend, clock, published, order } = setup(4);
    await spend();
    await send(1, 'pulse');
    void send(2);
    await clock.advance(249);
    await send(1, 'pulse');
    assert.deepEqual(published(40), []);
    await clock.advance(1);
    await send(1, 'pulse');
    assert.deepEqual(published(40), ['42']);
    await clock.advance(250);
    await send(1, 'pulse');
    assert.deepEqual(published(40), ['42', '45']);
    assert.equal(order.filter(what => what === 'merged').length, 3);
  });

  test('a state that waits goes before a pulse that comes when the token does', async () => {
    const { send, spend, clock, published } = setup(1);
    await spend();
    void send(1);
    // Its timer is late.
    const late = clock.now() + 1000;
    clock.now = () => late;
    await send(2, 'pulse');
    assert.deepEqual(published(10), ['11']);
  });

  test('what initializes or deletes a property always passes, behind what waits of it', async () => {
    const { send, spend, published } = setup(1);
    await spend();
    void send(1);
    void send(1);
    void send(2);
    await send(1, 'deleted');
    await send(3, 'initialized');
    assert.deepEqual(published(10), ['12 merged 1', '14', '15']);
  });

  test('what was to be written down of a merged change still is', async () => {
    const { send, spend, clock, deliveries } = setup(1);
    await spend();
    const notes: Note[] = [{ key: 'state', value: '1' }];
    void send(1, 'changed', { fresh: true, notes });
    void send(1);
    await clock.advance(1000);
    const { fresh, notes: kept } = deliveries.at(-1) ?? assert.fail();
    assert.deepEqual([fresh, kept], [true, notes]);
  });

  test('a merged change is done with at once, the last one once it is published', async () => {
    const { send, spend, clock, settled } = setup(1);
    await spend();
    for (const _ of [1, 2, 3]) void send(1);
    await clock.advance(0);
    assert.equal(settled(), 12);
    await clock.advance(1000);
    assert.equal(settled(), 13);
  });
});

for (const end of ['gap', 'remember'] as const) {
  test(`what waits is published, longest waiting first, before ${end}`, async () => {
    const { send, spend, outlet, clock, published, order } = setup(1);
    await spend();
    for (const port of [3, 1, 2, 1]) void send(port);
    await clock.advance(1000);
    const said = { from: '', to: '', cause: 'network', events: 'unknown' } as const;
    if (end === 'gap') await outlet.gap(said, []);
    else await outlet.remember([]);
    assert.deepEqual(published(10), ['11', '14 merged 1', '13']);
    if (end === 'gap') assert.equal(order.at(-1), 'gap');
    assert.equal(clock.waiting(), 0);
    await clock.advance(2000);
    await send(3);
    assert.deepEqual(published(13), ['15']);
  });
}

test('a clock that is set back holds nothing up', async () => {
  const { send, spend, clock, published } = setup(1);
  await spend();
  const { now } = clock;
  clock.now = () => now() - 3_600_000;
  void send(1);
  await clock.advance(1000);
  assert.deepEqual(published(10), ['11']);
});

test('the log has a line when it begins, and one with the sums when it is over', async () => {
  const { send, spend, clock, lines } = setup(1);
  await spend();
  for (const _ of [1, 2, 3]) void send(1);
  await send(1, 'pulse');
  assert.equal(lines.length, 1);
  await clock.advance(15_000);
  assert.equal(lines.length, 1);
  await clock.advance(5_000);
  assert.deepEqual(
    lines.map(([, fields]) => fields),
    [{}, { merged: 2, dropped: 1 }],
  );
  assert.equal(clock.waiting(), 0);
});
