// Finding and loading the configuration that a command was given.
import { existsSync } from 'node:fs';
import { ACTIONS } from '../actions/table.ts';
import { findConfigFile } from '../config/find.ts';
import { loadConfig } from '../config/load.ts';
import { formatProblems, type Problem } from '../config/problem.ts';
import type { Config } from '../config/types.ts';
import { fail } from '../util/errors.ts';
import type { Invocation } from './command.ts';

export interface Loaded {
  file: string;
  config: Config;
  warnings: Problem[];
  /** What it was read from besides `file`. */
  files: string[];
}

/** Loads it; throws CONFIG with every problem, a line each. */
export async function loadFor({ values, terminal, hidden }: Invocation): Promise<Loaded> {
  const argument = typeof values['config'] === 'string' ? values['config'] : undefined;
  const file = findConfigFile({ argument, env: terminal.env, exists: existsSync });
  if (file === undefined)
    throw fail('CONFIG', 'no configuration: write config/axis2mqtt.yaml, or name one with --config');
  const result = await loadConfig({ file, env: terminal.env, actions: ACTIONS, hidden });
  if (!result.ok) throw fail('CONFIG', `the configuration is not usable\n${formatProblems(result.problems)}`);
  return { file, ...result };
}
