// Room on the disk, asked for before each commit: LMDB must not be the one to find that there is none.
import { statfsSync } from 'node:fs';

/** Bytes left to others, far more than a commit. */
const SPARE = 16 * 1024 * 1024;

/**
 * Throws where less than 16 MiB are free. lmdb 3.5.6 writes past the end of a buffer when a write finds no space
 * (mdb.c, `last_error`), which ends the process now and then.
 */
export function checkSpace(directory: string): void {
  const { bavail, bsize, blocks } = statfsSync(directory);
  // Some network file systems do not tell.
  if (blocks === 0 || bavail * bsize >= SPARE) return;
  throw new Error(`less than ${SPARE / 2 ** 20} MiB are free on the disk of ${directory}`);
}
