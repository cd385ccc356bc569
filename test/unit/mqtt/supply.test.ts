import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createPresent } from '../../../src/mqtt/present.ts';
import { createSupply, type Supply } from '../../../src/mqtt/supply.ts';
import { createMemoryQueue, entries, entry } from '../../support/memory-queue.ts';

function start(queue = createMemoryQueue()) {
  const present = createPresent();
  const errors: unknown[] = [];
  let ready = 0;
  const supply = createSupply({
    queue,
    present,
    allowance: { roomFor: () => Number.POSITIVE_INFINITY, mustWait: () => false },
    onReady: () => {
      ready += 1;
    },
    onError: error => errors.push(error),
  });
  supply.open();
  return { queue, present, supply, errors, ready: () => ready };
}

function all(supply: Supply, now = 0): number[] {
  const list: number[] = [];
  for (let flight = supply.next(now); flight; flight = supply.next(now)) list.push(flight.entry.seq);
  return list;
}

test('reads ahead in order, as much as it is told and no more', async () => {
  const { queue, supply } = start();
  queue.append(...entries(10));
  supply.fetch(4);
  await setImmediate();
  assert.deepEqual(all(supply), [1, 2, 3, 4]);
  supply.fetch(4);
  await setImmediate();
  assert.deepEqual(all(supply), [5, 6, 7, 8]);
});

test('large payloads shorten each reading, the first too, so that memory is bounded', async () => {
  const { queue, supply } = start();
  queue.append(...entries(100, () => ({ payload: 'x'.repeat(1024 * 1024) })));
  for (let helping = 0; helping < 25; helping++) {
    supply.fetch(1_000);
    supply.fetch(1_000);
    await setImmediate();
    assert.equal(all(supply).length, 4);
  }
});

test('an entry whose time is over is settled, not given', async () => {
  const { queue, supply } = start();
  queue.append(entry({ seq: 1, expires: 5 }), entry({ seq: 2, expires: 6 }));
  supply.fetch(10);
  await setImmediate();
  assert.deepEqual(all(supply, 5), [2]);
  assert.deepEqual(
    queue.settled.map(({ outcome }) => outcome),
    ['expired'],
  );
});

test('the present state goes before the queue', async () => {
  const { queue, present, supply } = start();
  queue.append(...entries(2));
  supply.fetch(10);
  await setImmediate();
  present.set('present', 'x');
  assert.equal(supply.next(0)?.entry.topic, 'present');
  assert.deepEqual(all(supply), [1, 2]);
});

test('closing waits for the read that is under way, so that giving back comes after it', async () => {
  let finish: () => void = () => {};
  const slow = createMemoryQueue();
  const take = slow.take;
  slow.take = async max => {
    await new Promise<void>(resolve => {
      finish = resolve;
    });
    return take(max);
  };
  const { queue, supply } = start(slow);
  queue.append(...entries(3));
  supply.fetch(10);
  let closed = false;
  const closing = supply.close().then(() => {
    closed = true;
  });
  await setImmediate();
  assert.equal(closed, false);
  finish();
  await closing;
  assert.deepEqual(all(supply), []);
});

test('closing takes its listeners back', async () => {
  const { queue, present, supply, ready } = start();
  await supply.close();
  const before = ready();
  queue.append(entry());
  present.set('a', '1');
  assert.equal(ready(), before);
});

test('a queue that fails is told of', async () => {
  const broken = createMemoryQueue();
  broken.take = async () => {
    throw new Error('disk');
  };
  const { supply, errors } = start(broken);
  supply.fetch(10);
  await setImmediate();
  assert.match(String(errors[0]), /disk/);
});
