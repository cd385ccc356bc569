// Room for commits: taken ahead in the file, or, where a file system copies what it writes, left free on the disk.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Room } from '../../../src/outbox/room.ts';
import { mountSmallDisk, needSmallDisk } from '../../support/small-disk.ts';

const MIB = 2 ** 20;

/** A file of 16 pages on a disk of 64 MiB, of which 8 MiB are kept for removals. */
async function makeRoom(t: TestContext, { free = 0, isCopying = false } = {}) {
  const disk = mountSmallDisk(t, 64);
  const file = join(disk.directory, 'data.mdb');
  writeFileSync(file, Buffer.alloc(16 * 4096));
  const room = await Room.open(file, { size: 4096, used: () => 16, free: () => free / 4096 }, isCopying);
  t.after(() => room.close());
  return { disk, room, size: async () => (await stat(file)).size };
}

test('what a commit needs is in the file before it, and the reserve as well', needSmallDisk(), async t => {
  const { room, size } = await makeRoom(t);
  assert.equal(await room.lackToAdd(5 * MIB), undefined);
  assert.ok((await size()) >= 13 * MIB);
});

test('on a full disk the reserve is only for removals', needSmallDisk(), async t => {
  const { disk, room } = await makeRoom(t);
  assert.equal(await room.lackToAdd(0), undefined);
  disk.fill();
  assert.match(String(await room.lackToAdd(MIB)), /ENOSPC/);
  await room.forRemoval(4 * MIB);
  await assert.rejects(room.forRemoval(20 * MIB), /ENOSPC/);
});

test('on a full disk pages that are free in the file do as well', needSmallDisk(), async t => {
  const { disk, room } = await makeRoom(t, { free: 30 * MIB });
  assert.equal(await room.lackToAdd(0), undefined);
  disk.fill();
  assert.equal(await room.lackToAdd(MIB), undefined);
  assert.match(String(await room.lackToAdd(10 * MIB)), /ENOSPC/, 'not in one piece');
});

test(
  'where what is written is copied nothing is taken ahead, and the free space counts',
  needSmallDisk(),
  async t => {
    const { disk, room, size } = await makeRoom(t, { isCopying: true });
    assert.equal(await room.lackToAdd(MIB), undefined);
    assert.equal(await size(), 16 * 4096);
    disk.take(58 * MIB);
    assert.match(String(await room.lackToAdd(MIB)), /ENOSPC/);
    await room.forRemoval(MIB);
    disk.fill();
    await assert.rejects(room.forRemoval(0), /ENOSPC/);
  },
);
