// A small disk of its own, to be filled.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const MIB = 2 ** 20;

export interface SmallDisk {
  directory: string;
  /** Takes so many bytes of it, as another program would. */
  take(bytes: number): void;
  /** Takes all that is left; the result gives that back. */
  fill(): () => void;
}

/** Mounts a disk of so many MiB, until the test ends. */
export function mountSmallDisk(t: TestContext, mebibytes: number): SmallDisk {
  const directory = mkdtempSync(join(tmpdir(), 'axis2mqtt-disk-'));
  assert.equal(mount(directory, mebibytes), 0);
  t.after(() => unmount(directory));
  const filler = join(directory, 'filler');
  return {
    directory,
    take: bytes => writeFileSync(join(directory, 'other'), Buffer.alloc(bytes)),
    fill() {
      assert.throws(() => writeFileSync(filler, Buffer.alloc((mebibytes + 16) * MIB)), { code: 'ENOSPC' });
      return () => rmSync(filler);
    },
  };
}

/** Options of a test that mounts one. */
export function needSmallDisk(): { skip: string | false } {
  if (process.platform !== 'linux') return { skip: 'needs Linux, to mount a small disk' };
  const directory = mkdtempSync(join(tmpdir(), 'axis2mqtt-disk-'));
  const status = mount(directory, 1);
  unmount(directory);
  return { skip: status === 0 ? false : 'needs the right to mount a small disk' };
}

function mount(directory: string, mebibytes: number): number | null {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', directory]).status;
}

function unmount(directory: string): void {
  spawnSync('umount', ['-l', directory]);
  rmdirSync(directory);
}
