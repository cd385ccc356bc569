// Critical messages on a real disk: what is not delivered as it demands moves to the other broker's queue, once.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Outbox } from '../../../src/outbox/outbox.ts';
import type { Demand, QueueReader } from '../../../src/outbox/types.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp.ts';
import { append, LIMITS, openOutbox, payloads, row, takeAll } from './helpers.ts';

const LATE = 60_000;

/** A clock that the test sets, and a demand that is due at `LATE` on it. */
const time = () => {
  let now = 1_000;
  return { now: () => now, set: (next: number) => (now = next) };
};

const demand = (change: Partial<Demand> = {}) => ({
  demand: { subscriber: true, by: LATE, instead: 'site', ...change },
});

function queues(outbox: Outbox): { main: QueueReader; site: QueueReader } {
  return { main: outbox.queue('main', LIMITS), site: outbox.queue('site', LIMITS) };
}

/** The counters of device `a` at both brokers, those that are not 0. */
function counts(outbox: Outbox) {
  const { brokers } = row(outbox, 'a');
  const nonZero = Object.entries(brokers).map(([name, { bytes, ...sums }]) => [
    name,
    Object.fromEntries(Object.entries(sums).filter(([, count]) => count > 0)),
  ]);
  return Object.fromEntries(nonZero);
}

describe('a message that nobody takes', () => {
  test('moves at once, though others that were committed with it are still open, and survives a restart', async t => {
    const directory = await tempDir(t);
    const outbox = await openOutbox(directory);
    const { main, site } = queues(outbox);
    await Promise.all([
      append(outbox, 'a'),
      append(outbox, 'a', { ...demand({ by: 0 }), retain: true }),
      append(outbox, 'a'),
    ]);
    const taken = await takeAll(main);
    taken[1]?.settle('redirected', 'no subscriber');
    const [moved] = await eventually('the message', async () => {
      const found = await site.take(10);
      return found.length > 0 && found;
    });
    assert.deepEqual(
      [moved?.entry.payload, moved?.entry.demand, moved?.entry.retain],
      ['a 2', undefined, false],
    );
    assert.deepEqual(counts(outbox), {
      main: { routed: 3, redirected: 1, queued: 2 },
      site: { routed: 1, queued: 1 },
    });
    taken[0]?.settle('published');
    await outbox.close();

    const again = await openOutbox(directory);
    const { main: rest, site: other } = queues(again);
    assert.deepEqual(payloads(await takeAll(rest)), ['a 1', 'a 3']);
    assert.deepEqual(payloads(await takeAll(other)), ['a 2']);
    assert.deepEqual(counts(again), {
      main: { routed: 3, redirected: 1, queued: 2 },
      site: { routed: 1, queued: 1 },
    });
    await again.close();
  });

  test('is set aside where the other broker has no queue', async t => {
    const outbox = await openOutbox(await tempDir(t));
    const { main } = queues(outbox);
    await append(outbox, 'a', demand({ instead: 'gone' }));
    for (const delivery of await takeAll(main)) delivery.settle('redirected', 'no subscriber');
    await eventually('the count', () => counts(outbox)['main']?.rejected === 1);
    assert.deepEqual(counts(outbox), { main: { routed: 1, rejected: 1 } });
    await outbox.close();
  });
});

describe('a message that is not delivered in time', () => {
  for (const [where, read] of [
    ['in a queue that nobody reads', false],
    ['taken and not acknowledged', true],
  ] as const) {
    test(`${where} moves, alone, and is not given again`, async t => {
      const { now, set } = time();
      const outbox = await openOutbox(await tempDir(t), { now });
      const { main, site } = queues(outbox);
      await append(outbox, 'a');
      await Promise.all([append(outbox, 'a', demand()), append(outbox, 'a', demand({ by: 2 * LATE }))]);
      if (read) await takeAll(main);
      set(LATE);
      assert.deepEqual(payloads(await until(site, 1)), ['a 2']);
      main.rewind();
      assert.deepEqual(payloads(await takeAll(main)), ['a 1', 'a 3']);
      set(2 * LATE);
      assert.deepEqual(payloads(await until(site, 1)), ['a 3']);
      assert.deepEqual(counts(outbox), {
        main: { routed: 3, redirected: 2, queued: 1 },
        site: { routed: 2, queued: 2 },
      });
      await outbox.close();
    });
  }

  test('from before a restart moves after it', async t => {
    const { now, set } = time();
    const directory = await tempDir(t);
    const first = await openOutbox(directory, { now });
    queues(first);
    for (let count = 0; count < 300; count++) await append(first, 'a', count === 299 ? demand() : {});
    await first.close();
    set(LATE);
    const second = await openOutbox(directory, { now });
    const { main, site } = queues(second);
    assert.deepEqual(payloads(await until(site, 1)), ['a 300']);
    assert.equal((await takeAll(main)).length, 299);
    await second.close();
  });

  test('and was acknowledged meanwhile counts once', async t => {
    const { now, set } = time();
    const outbox = await openOutbox(await tempDir(t), { now });
    const { main, site } = queues(outbox);
    await append(outbox, 'a', demand());
    const [delivery] = await takeAll(main);
    set(LATE);
    await until(site, 1);
    delivery?.settle('published');
    await append(outbox, 'a');
    assert.deepEqual(counts(outbox)['main'], { routed: 2, redirected: 1, queued: 1 });
    await outbox.close();
  });
});

/** Takes from a queue until there are so many. */
async function until(reader: QueueReader, count: number) {
  return eventually(`${count} messages`, async () => {
    const taken = await reader.take(count);
    return taken.length === count && taken;
  });
}
