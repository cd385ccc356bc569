// Reads the configuration and the files that it names, within bounds. Relative names start at the configuration's folder.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fail, isBridgeError } from '../util/errors.ts';
import type { Path } from './path.ts';
import type { Report } from './problem.ts';

/** Bytes of a file; it may stop soon after `max`. */
export type ReadFile = (path: string, max: number) => Promise<Uint8Array>;

/** Whether every user of this machine may read a file; false where that cannot be known. */
export type IsPublic = (path: string) => Promise<boolean>;

const MAX_BYTES = 2 ** 20;

/** The text of a file; throws an error whose message says what is wrong with it, without its name or text. */
export async function readText(path: string, readFile: ReadFile): Promise<string> {
  const bytes = await readFile(path, MAX_BYTES).catch((error: unknown) => {
    throw isBridgeError(error) ? error : fail('CONFIG', reason(error), { cause: error });
  });
  if (bytes.length > MAX_BYTES) throw fail('CONFIG', 'is larger than 1 MiB');
  if (bytes.includes(0)) throw fail('CONFIG', 'is not a text file');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fail('CONFIG', 'is not UTF-8 text');
  }
}

export interface Attachments {
  /** The text of a file that the configuration names at `where`; undefined, and a problem, where it cannot be read. */
  read(name: string, where: Path): Promise<string | undefined>;
  /** Whether every user of this machine may read it. */
  isPublic(name: string): Promise<boolean>;
  /** All files that were asked for, readable or not. */
  files(): string[];
}

export interface AttachmentsOptions {
  /** The configuration's. */
  folder: string;
  readFile: ReadFile;
  isPublic: IsPublic;
  report: Report;
}

/** Reads each file that a configuration names once. */
export function createAttachments({ folder, readFile, isPublic, report }: AttachmentsOptions): Attachments {
  const texts = new Map<string, Promise<string>>();
  return {
    isPublic: name => isPublic(resolve(folder, name)),
    files: () => [...texts.keys()],
    async read(name, where) {
      const path = resolve(folder, name);
      const text = texts.get(path) ?? readText(path, readFile);
      texts.set(path, text);
      try {
        return await text;
      } catch (error) {
        // The name stays out: somebody may have written the password itself there.
        const why = error instanceof Error ? error.message : '';
        report.problem(
          where,
          `the file that it names ${why}; names are relative to the configuration's folder`,
        );
        return undefined;
      }
    },
  };
}

/** Secrets that a container is given: who can read them is inside it. */
const CONTAINER_SECRETS = /^\/(var\/)?run\/secrets\//;
const READ_BY_OTHERS = 0o004;

/** By the file's mode, which says nothing on Windows. */
export const isPublicOnDisk: IsPublic = async path => {
  if (process.platform === 'win32' || CONTAINER_SECRETS.test(path)) return false;
  const mode = await stat(path).then(
    found => found.mode,
    () => 0,
  );
  return (mode & READ_BY_OTHERS) !== 0;
};

/** Reads from disk. A pipe or device might never end, nor let the reading of it be ended. */
export const readFromDisk: ReadFile = async (path, max) => {
  const found = await stat(path);
  if (!found.isFile() && !found.isDirectory()) throw fail('CONFIG', 'is no regular file');
  const chunks: Uint8Array[] = [];
  for await (const chunk of createReadStream(path, { end: max })) chunks.push(chunk);
  return Buffer.concat(chunks);
};

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? `cannot be read${code === '' ? '' : ` (${code})`}`;
}

const REASONS: Record<string, string> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EISDIR: 'is a folder',
};
