// `${NAME}` in the file's text values becomes the environment's value; `$${` stands for a plain `${`.
import type { Hidden } from '../util/hidden.ts';
import type { Path } from './path.ts';
import type { Report } from './problem.ts';
import type { Value } from './yaml/values.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Expanded {
  value: Value;
  /** The variables that the file names. */
  names: ReadonlySet<string>;
}

const PLAIN = 'for a plain `${` write `$${`';

export interface ExpandOptions {
  env: Env;
  report: Report;
  /** Gets what came from the environment, to be shown as the file has it. */
  hidden: Hidden;
}

/** Replaces each `${NAME}` once (what it brings in is not read again); an unset one is a problem. */
export function expandEnvironment(value: Value, { env, report, hidden }: ExpandOptions): Expanded {
  const names = new Set<string>();
  const expand = (text: string, path: Path) => {
    if (/^\$[A-Za-z_]\w*$/.test(text)) report.warn(path, `is taken as it stands; a variable is \`\${NAME}\``);
    const expanded = text.replaceAll(
      /\$\$\{|\$\{(?:([A-Za-z_]\w*)\})?/g,
      (found, name: string | undefined) => {
        if (found === '$${') return '${';
        if (name === undefined) {
          report.problem(path, `has \`\${\` without a variable name and \`}\`; ${PLAIN}`);
          return '';
        }
        names.add(name);
        const replacement = Object.hasOwn(env, name) ? env[name] : undefined;
        if (replacement !== undefined) {
          hidden.add(replacement, found);
          return replacement;
        }
        report.problem(path, `names the environment variable ${name}, which is not set; ${PLAIN}`);
        return '';
      },
    );
    if (/\$\{\w/.test(text)) hidden.add(expanded, text);
    return expanded;
  };
  return { value: mapTexts(value, [], expand), names };
}

function mapTexts(value: Value, path: Path, change: (text: string, path: Path) => string): Value {
  if (typeof value === 'string') return change(value, path);
  if (Array.isArray(value)) return value.map((item, index) => mapTexts(item, [...path, index], change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTexts(item, [...path, key], change)]),
  );
}
