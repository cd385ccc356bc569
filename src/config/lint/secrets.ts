// Secrets that stand in the file itself: cut short by a comment, or for everybody to read.
import type { Path } from '../path.ts';
import type { Report } from '../problem.ts';
import type { YamlResult } from '../yaml/parse.ts';
import type { Value } from '../yaml/values.ts';

const SECRETS = new Set(['password', 'hashKey']);

/** `isPublic`: whether every user of this machine may read the file. */
export function lintSecrets(
  { value = null, isCommented }: Pick<YamlResult, 'value' | 'isCommented'>,
  isPublic: boolean,
  report: Report,
): void {
  const places = [...literalSecrets(value, [])];
  for (const path of places.filter(isCommented))
    report.warn(path, 'ends before ` #`, where a comment begins: put it in quotes if that belongs to it');
  const [first] = places;
  if (isPublic && first !== undefined)
    report.warn(
      first,
      `can be read by every user of this machine, as the file can: take that right away, or take \`\${NAME}\` or a file`,
    );
}

/** Where a secret is written out. */
function* literalSecrets(value: Value, path: Path): Generator<Path> {
  if (typeof value === 'string' && isSecret(path) && !value.includes('${')) yield path;
  if (typeof value !== 'object' || value === null) return;
  const entries: [string | number, Value][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  for (const [step, inner] of entries) yield* literalSecrets(inner, [...path, step]);
}

function isSecret(path: Path): boolean {
  return SECRETS.has(String(path.at(-1))) || path.at(-2) === 'headers';
}
