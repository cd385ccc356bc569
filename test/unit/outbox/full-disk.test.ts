// The outbox on a disk that is full, by its own doing or by another's: it goes on delivering, and is well again after.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Outbox } from '../../../src/outbox/outbox.ts';
import { recoverStore } from '../../../src/outbox/recover.ts';
import type { QueueReader } from '../../../src/outbox/types.ts';
import { eventually } from '../../support/eventually.ts';
import { seeded } from '../../support/random.ts';
import { mountSmallDisk, needSmallDisk } from '../../support/small-disk.ts';
import { append, openOutbox, row, takeAll } from './helpers.ts';

const LIMITS = { maxBytes: 2 ** 30, maxAge: 1e9 };
const MIB = 2 ** 20;
/** Not all of one size, so that what is removed leaves holes of many sizes. */
const SIZES = [300, 3000, 20_000, 150_000];

/** Appends that many MiB, some at a time. */
async function fill(outbox: Outbox, mebibytes: number): Promise<void> {
  for (let bytes = 0, i = 0; bytes < mebibytes * MIB; ) {
    const some: Promise<void>[] = [];
    for (const size of SIZES) {
      i += 1;
      const payload = 'x'.repeat(size + (i % 7) * 100);
      bytes += payload.length;
      some.push(append(outbox, 'a', { payload }));
    }
    await Promise.all(some);
  }
}

/** Delivers all there is; gives the sequence numbers. */
async function drain(outbox: Outbox, reader: QueueReader): Promise<number[]> {
  const taken: number[] = [];
  await eventually('the queue is empty', async () => {
    for (const delivery of await takeAll(reader)) {
      taken.push(delivery.entry.seq);
      delivery.settle('published');
    }
    return countsOf(outbox).queued === 0;
  });
  return taken;
}

function countsOf(outbox: Outbox) {
  return row(outbox, 'a').brokers['main'] ?? assert.fail('nothing was routed');
}

/** In order, and none twice. */
function assertOrder(seqs: readonly number[]): void {
  assert.deepEqual(
    seqs,
    [...new Set(seqs)].sort((a, b) => a - b),
  );
}

for (const [others, name] of [
  [0, 'a disk that is all its own'],
  [30, 'a disk of which others have taken half'],
] as const) {
  test(
    `on ${name} the queue drops its oldest; drained it can be filled again, and again`,
    needSmallDisk(),
    async t => {
      const disk = mountSmallDisk(t, 64);
      disk.take(others * MIB);
      const delivered: number[] = [];
      for (let round = 0; round < 3; round++) {
        const outbox = await openOutbox(disk.directory);
        const reader = outbox.queue('main', LIMITS);
        assert.deepEqual(await reader.take(1), [], 'nothing is delivered again');
        await fill(outbox, 60);
        const { routed, dropped, queued } = countsOf(outbox);
        assert.ok(dropped > 0 && queued > 0, `${dropped} dropped, ${queued} queued`);
        assert.equal(routed, delivered.length + dropped + queued);
        await outbox.close();

        const again = await openOutbox(disk.directory);
        delivered.push(...(await drain(again, again.queue('main', LIMITS))));
        assert.equal(countsOf(again).routed, delivered.length + dropped);
        await again.close();
      }
      assertOrder(delivered);
    },
  );
}

test(
  'on a disk that others have filled, what is queued is delivered once, and what is new waits',
  needSmallDisk(),
  async t => {
    const disk = mountSmallDisk(t, 64);
    const errors: unknown[] = [];
    let recovered = 0;
    const options = {
      onError: (error: unknown) => void errors.push(error),
      onRecovered: () => void recovered++,
    };
    const outbox = await openOutbox(disk.directory, options);
    const reader = outbox.queue('main', LIMITS);
    await fill(outbox, 4);
    const empty = disk.fill();
    let isDurable = false;
    const waiting = Promise.all([
      fill(outbox, 12),
      outbox.remember([{ key: 'heard/a', value: 'until the disk was full' }]),
    ]).then(() => {
      isDurable = true;
    });
    await eventually('it says that the disk is full', () => errors.length > 0);
    assert.match(String(errors[0]), /ENOSPC/);
    assert.equal(outbox.note('heard/a'), 'until the disk was full', 'what waits is known already');
    assert.equal([...outbox.notes('heard/')].length, 1);
    const before = countsOf(outbox).queued;
    for (const delivery of await takeAll(reader)) delivery.settle('published');
    await eventually('they are gone', () => countsOf(outbox).published >= before);
    assert.equal(countsOf(outbox).dropped, 0);
    empty();
    await waiting;
    assert.ok(isDurable && recovered > 0);
    await drain(outbox, reader);
    await outbox.close();
  },
);

test('what was delivered on a full disk is not delivered again by the next run', needSmallDisk(), async t => {
  const disk = mountSmallDisk(t, 64);
  const first = await openOutbox(disk.directory, { onError: () => undefined });
  const reader = first.queue('main', LIMITS);
  await fill(first, 4);
  disk.fill();
  const delivered = await drain(first, reader);
  const sums = countsOf(first);
  await first.close();
  const second = await openOutbox(disk.directory, { onError: () => undefined });
  assert.deepEqual(await second.queue('main', LIMITS).take(1), []);
  assert.equal(sums.published, delivered.length);
  assert.deepEqual(countsOf(second), sums);
  await second.close();
});

test(
  'killed on a full disk again and again, the ledger says what the queue holds',
  needSmallDisk(),
  async t => {
    const disk = mountSmallDisk(t, 32);
    const random = seeded(t);
    let published = 0;
    for (let round = 0; round < 12; round++) {
      await kill(t, disk.directory, random() * 400);
      const { store } = await recoverStore(disk.directory, Date.now());
      const stored = [...store.batches('main', 0)].flatMap(({ batch }) =>
        batch.entries.map(({ seq }) => seq),
      );
      await store.close();
      const outbox = await openOutbox(disk.directory);
      const { routed, dropped, queued, ...sums } = countsOf(outbox);
      await outbox.close();
      assertOrder(stored);
      assert.equal(queued, stored.length, `round ${round}`);
      assert.equal(routed, sums.published + dropped + queued);
      assert.ok(sums.published >= published);
      published = sums.published;
    }
    assert.ok(published > 0);
  },
);

/** Lets a process fill the outbox there, and kills it after it has done so for `ms`. */
async function kill(t: TestContext, directory: string, ms: number): Promise<void> {
  const child = fork(join(import.meta.dirname, '../../support/outbox-process.ts'), [directory], {
    execArgv: ['--import', 'tsx'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [said] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  assert.equal(said, 'filling');
  await delay(ms);
  child.kill('SIGKILL');
  await once(child, 'exit');
}
