// What may be done to devices: the section of it, and what cameras allow.

import { suggest } from '../util/suggest.ts';
import type { Path } from './path.ts';
import type { Report } from './problem.ts';
import { checkBrokerNames } from './routes.ts';
import type { ConfigFile } from './schema/file.ts';
import type { ActionsConfig, BrokerConfig } from './types.ts';

/** The actions that there are by name, each with the check of its parameters. */
export type ActionChecks = Readonly<Record<string, ActionCheck>>;

interface ActionCheck {
  check(parameters: Readonly<Record<string, unknown>>): { ok: true } | { ok: false; complaints: string[] };
}

/** The section, complete. */
export function resolveActions(
  { actions = {} }: ConfigFile,
  brokers: readonly BrokerConfig[],
  report: Report,
): ActionsConfig {
  const all = brokers.map(({ name }) => name);
  const { broker = all, timeToLive = 10_000, responsePrefixes = [], audit = false } = actions;
  checkBrokerNames(broker, ['actions', 'broker'], { all, report });
  const names = typeof broker === 'string' ? [broker] : broker;
  return { brokers: [...new Set(names)], timeToLive, responsePrefixes, audit };
}

/** Reports what cameras allow and nothing can do. */
export function checkCommands({ defaults, cameras }: ConfigFile, checks: ActionChecks, report: Report): void {
  const check = (commands: readonly string[] = [], path: Path) => {
    for (const [index, name] of commands.entries())
      checkActionName(name, [...path, 'commands', index], checks, report);
  };
  check(defaults?.commands, ['defaults']);
  for (const [index, { commands }] of cameras.entries()) check(commands, ['cameras', index]);
}

/** Whether there is an action of that name; reports at `path` if not. */
export function checkActionName(name: string, path: Path, checks: ActionChecks, report: Report): boolean {
  if (Object.hasOwn(checks, name)) return true;
  const all = Object.keys(checks);
  const message = `there is no action of that name; there are: ${all.join(', ')}`;
  report.problem(path, message, { suggestion: suggest(name, all) });
  return false;
}
