// Checks a file's values against the schema and says everything that is wrong, in words that quote no value.
import type * as z from 'zod';
import { suggest } from '../../util/suggest.ts';
import type { Path } from '../path.ts';
import type { Report } from '../problem.ts';
import type { Value } from '../yaml/values.ts';
import { type ConfigFile, file, jsonSchema } from './file.ts';
import { prune } from './prune.ts';

type Issue = z.core.$ZodIssue;

interface Words {
  message: string;
  suggestion?: string | undefined;
}

interface Finding {
  path: Path;
  /** Made only for what is reported: a hostile file has a hundred thousand unknown keys. */
  words(): Words;
}

const MAX_ROUNDS = 5;

/**
 * Reports every problem, then gives the file without its wrong values, so that what can only be judged between
 * several of its parts is judged too; undefined where too little is left for that.
 */
export function validate(value: Value, report: Report): ConfigFile | undefined {
  let rest = value;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const result = file.safeParse(rest, { error: describe });
    if (result.success) return result.data;
    const findings = result.error.issues.flatMap(issue => toFindings(issue, []));
    for (const { path, words } of findings) {
      if (report.isFull()) return undefined;
      // Once something was taken out, that it is missing is no news.
      const isKnown = round === 0 ? report.has(path) : report.touches(path);
      if (!isKnown) report.problem(path, words().message, words());
    }
    rest = prune(
      rest,
      findings.map(({ path }) => path),
    );
  }
  return undefined;
}

function toFindings(issue: Issue, base: Path): Finding[] {
  const path = [...base, ...issue.path.map(step => (typeof step === 'number' ? step : String(step)))];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(name => ({ path: [...path, name], words: () => unknownKey(path, name) }));
    case 'invalid_union':
      return toBranchFindings(issue, path);
    case 'invalid_key':
      return [{ path, words: () => issue.issues[0] ?? issue }];
    case 'custom':
      return [{ path, words: () => ({ message: issue.message, suggestion: issue.params?.['suggestion'] }) }];
    default:
      return [{ path, words: () => issue }];
  }
}

/** Where a union has no words of its own: the findings of the form that was plainly meant, else of the first. */
function toBranchFindings(issue: z.core.$ZodIssueInvalidUnion, path: Path): Finding[] {
  if (issue.message !== SEE_FORMS) return [{ path, words: () => issue }];
  const meant = issue.errors.find(issues => !issues.some(isOtherForm)) ?? issue.errors[0] ?? [];
  return meant.flatMap(inner => toFindings(inner, path));
}

function isOtherForm({ code, path }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}

const SEE_FORMS = 'has none of the allowed forms';

/** The words for what the schema itself has none for. */
function describe(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_union') return SEE_FORMS;
  if (issue.code !== 'invalid_type') return 'is not allowed here';
  if (issue.input === undefined) return 'is required';
  const wanted = FORMS[issue.expected] ?? `must be a ${issue.expected}`;
  if (issue.input === null) return `has no value; it ${wanted}`;
  const unquoted = issue.expected === 'string' && typeof issue.input !== 'object';
  return unquoted ? `${wanted}: put it in quotes` : wanted;
}

const FORMS: Record<string, string> = {
  string: 'must be text',
  array: 'must be a list (`- …` lines, or [ ])',
  object: 'must be a mapping (`key: value` lines)',
  record: 'must be a mapping (`key: value` lines)',
};

/** What other programs call a key. */
const OTHER_WORDS = new Map([
  ['ip', 'host'],
  ['address', 'host'],
  ['hostname', 'host'],
  ['login', 'username'],
  ['pwd', 'password'],
  ['ssl', 'https'],
  ['name', 'id'],
]);

function unknownKey(path: Path, name: string): Words {
  const known = keysAt(jsonSchema(), path);
  const other = OTHER_WORDS.get(name.toLowerCase());
  const suggestion = other !== undefined && known.includes(other) ? other : suggest(name, known);
  const message = suggestion ? 'is not a known key' : `is not a known key; known are ${known.join(', ')}`;
  return { message, suggestion };
}

/** The keys that the schema knows at a place. */
function keysAt(root: JsonSchema, path: Path): string[] {
  const place = path.reduce((at: JsonSchema, step) => {
    const steps = forms(at).map(({ properties, additionalProperties, items }) =>
      typeof step === 'number' ? items : (properties?.[step] ?? (additionalProperties || undefined)),
    );
    return steps.find(found => found !== undefined) ?? {};
  }, root);
  return forms(place).flatMap(({ properties }) => Object.keys(properties ?? {}));
}

function forms(schema: JsonSchema): JsonSchema[] {
  return [schema, ...(schema.anyOf ?? [])];
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | false;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
}
