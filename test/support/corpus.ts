// Real messages beside the repository, which only some machines have.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CORPUS = new URL('../../../shared/corpus/', import.meta.url);

/** Test options for a test on a folder of real messages: it skips where the folder is absent. */
export function needCorpus(folder: string): { skip: string | false } {
  const present = existsSync(new URL(folder, CORPUS));
  return { skip: present ? false : `needs the real messages in ${fileURLToPath(new URL(folder, CORPUS))}` };
}

/** Text by name of the files of a folder whose names match. */
export function readCorpus(folder: string, names: RegExp): Map<string, string> {
  const base = new URL(`${folder}/`, CORPUS);
  const matching = readdirSync(base).filter(name => names.test(name));
  return new Map(matching.map(name => [name, readFileSync(new URL(name, base), 'utf8')]));
}
