// Room on the disk, taken before a commit needs it: LMDB must not be the one to find that there is none.
//
// lmdb 3.5.6 writes past the end of a buffer when a write finds no space (mdb.c, `last_error`), which ends the process
// now and then. So the store's file always reaches some way past its last page, filled with zeros, and what finds the
// disk full is a write of zeros here. The last of that room is only for commits that remove: they free more than they take.
// A file system that writes no block where it was before takes new ones for that too: there the free space counts.
import { statfsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const MIB = 1024 * 1024;
const ZEROS = Buffer.alloc(MIB);
/** Bytes kept for commits that remove; on a small disk an eighth of it. */
const RESERVE = 8 * MIB;

/** Types of file systems that copy on write (statfs(2)): btrfs, ZFS, bcachefs, f2fs. */
const COPYING: readonly number[] = [0x9123683e, 0x2fc12fc1, 0xca451a4e, 0xf2f52010];

/** The pages of an LMDB file. */
export interface Pages {
  /** Bytes of one. */
  readonly size: number;
  /** How many there are up to the last that was ever used. */
  used(): number;
  /** How many of those are free again. */
  free(): number;
}

interface RoomOptions {
  pages: Pages;
  disk: number;
  /** Bytes of the disk that are free, where those count. */
  free: (() => number) | undefined;
}

export class Room {
  /** Bytes of the whole disk; infinite where the file system does not tell. */
  readonly disk: number;
  readonly #file: FileHandle;
  readonly #pages: Pages;
  readonly #free: (() => number) | undefined;
  readonly #reserve: number;
  /** Bytes that a commit may need beside what it writes: pages of the trees, and the list of free pages. */
  readonly #overhead: number;
  #size: number;

  private constructor(file: FileHandle, size: number, { pages, disk, free }: RoomOptions) {
    this.#file = file;
    this.#size = size;
    this.#pages = pages;
    this.disk = disk;
    this.#free = free;
    this.#reserve = Math.min(RESERVE, this.disk / 8);
    this.#overhead = this.#reserve / 8;
  }

  /** For the LMDB file at `path`, which is open. */
  static async open(
    path: string,
    pages: Pages,
    isCopying = COPYING.includes(statfsSync(path).type),
  ): Promise<Room> {
    const file = await open(path, 'r+');
    const { size } = await file.stat();
    const free = isCopying ? () => freeOf(path) : undefined;
    return new Room(file, size, { pages, disk: diskOf(path), free });
  }

  /** Bytes of the file that hold something. */
  taken(): number {
    return (this.#pages.used() - this.#pages.free()) * this.#pages.size;
  }

  /** Makes room for a commit that adds `bytes`; gives the Error that says why it cannot. */
  async lackToAdd(bytes: number): Promise<Error | undefined> {
    const needed = bytes + this.#overhead;
    const failure = await this.#extend(this.#reserve + needed);
    if (failure === undefined) return undefined;
    // On a full disk, free pages do as well; but LMDB may not find them in one piece.
    const suffices = this.#ahead() >= this.#reserve / 2 + needed && this.#all() >= this.#reserve + needed;
    return suffices ? undefined : failure;
  }

  /** Makes room for a commit that removes, and writes `bytes` besides; throws where it cannot. */
  async forRemoval(bytes: number): Promise<void> {
    const needed = bytes + this.#overhead;
    const failure = await this.#extend(needed);
    if (failure === undefined) return;
    const suffices = this.#ahead() >= this.#overhead && this.#all() >= 2 * needed;
    if (!suffices) throw failure;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Bytes behind the last page, or of the disk. */
  #ahead(): number {
    return this.#free?.() ?? this.#size - this.#pages.used() * this.#pages.size;
  }

  #all(): number {
    return this.#ahead() + this.#pages.free() * this.#pages.size;
  }

  async #extend(ahead: number): Promise<Error | undefined> {
    if (this.#free) return this.#ahead() < ahead ? new Error('ENOSPC: the disk is full') : undefined;
    try {
      while (this.#ahead() < ahead) {
        const { bytesWritten } = await this.#file.write(ZEROS, 0, ZEROS.length, this.#size);
        this.#size += bytesWritten;
      }
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

/** Throws where the disk of a directory has no room for a new store. */
export function checkNew(directory: string): void {
  if (freeOf(directory) < MIB) throw new Error(`ENOSPC: the disk of ${directory} is full`);
}

/** Some network file systems do not tell. */
function diskOf(path: string): number {
  const { bsize, blocks } = statfsSync(path);
  return blocks > 0 ? blocks * bsize : Number.POSITIVE_INFINITY;
}

function freeOf(path: string): number {
  const { bavail, bsize, blocks } = statfsSync(path);
  return blocks > 0 ? bavail * bsize : Number.POSITIVE_INFINITY;
}
