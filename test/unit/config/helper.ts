// Loads a configuration from text, with the files that it names in memory.
import assert from 'node:assert/strict';
import { ACTIONS } from '../../../src/actions/table.ts';
import type { IsPublic } from '../../../src/config/files.ts';
import { type LoadResult, loadConfig } from '../../../src/config/load.ts';
import { formatProblems } from '../../../src/config/problem.ts';
import type { Config } from '../../../src/config/types.ts';

export interface Given {
  env?: Record<string, string>;
  /** By absolute path; the configuration is /etc/bridge/config.yaml. */
  files?: Record<string, string>;
  /** Whether every user may read a file; default: none. */
  isPublic?: IsPublic;
}

/** The smallest camera that is complete. */
export const CAMERA = 'cameras: [{host: 192.0.2.10, username: bridge, password: pw}]\n';

export function load(
  text: string | Uint8Array,
  { env = {}, files = {}, isPublic = async () => false }: Given = {},
): Promise<LoadResult> {
  const all = new Map<string, string | Uint8Array>(
    Object.entries({ ...files, '/etc/bridge/config.yaml': '' }),
  );
  all.set('/etc/bridge/config.yaml', text);
  const readFile = async (path: string) => {
    const found = all.get(path);
    if (found === undefined) throw Object.assign(new Error(`ENOENT ${path}`), { code: 'ENOENT' });
    return Buffer.from(found);
  };
  return loadConfig({ file: '/etc/bridge/config.yaml', env, readFile, isPublic, actions: ACTIONS });
}

/** The configuration of a text that must be right. */
export async function config(text: string, given?: Given): Promise<Config> {
  const result = await load(text, given);
  assert.ok(result.ok, result.ok ? '' : formatProblems(result.problems));
  return result.config;
}

/** The problems of a text that must be wrong, as `LINE:COLUMN PATH: MESSAGE` lines, without what shown.test.ts is about. */
export async function problems(text: string | Uint8Array, given?: Given): Promise<string[]> {
  const result = await load(text, given);
  assert.ok(!result.ok, 'should have been refused');
  return lines(result.problems);
}

/** The warnings of a text that must be right. */
export async function warnings(text: string, given?: Given): Promise<string[]> {
  const result = await load(text, given);
  assert.ok(result.ok, result.ok ? '' : formatProblems(result.problems));
  return lines(result.warnings);
}

function lines(list: Parameters<typeof formatProblems>[0]): string[] {
  const plain = list.map(({ camera: _, value: __, ...problem }) => problem);
  const text = formatProblems(plain).replaceAll(/^\/etc\/bridge\/config.yaml[: ]/gm, '');
  return text === '' ? [] : text.split('\n');
}
