// What differs between two configurations, for the log: names, never values.
import { isSame } from './same.ts';
import type { CameraConfig, Config } from './types.ts';

/** By section: the names of what was added, removed or changed, or `changed` for a section without names. */
export type Changes = Record<
  string,
  'changed' | { added?: string[]; removed?: string[]; changed?: string[] }
>;

/** Names listed of each kind; after them how many more there are. */
const MOST = 20;

/** Empty where nothing differs. */
export function changesOf(before: Config, after: Config): Changes {
  const changes: Changes = {};
  for (const section of Object.keys(after) as (keyof Config)[]) {
    if (isSame(before[section], after[section])) continue;
    const name = NAMES[section];
    changes[section] = name === undefined ? 'changed' : named(name(before), name(after));
  }
  return changes;
}

type Named = ReadonlyMap<string, unknown>;

const NAMES: Partial<Record<keyof Config, (config: Config) => Named>> = {
  cameras: ({ cameras }) => new Map(cameras.map(camera => [nameOf(camera), camera])),
  brokers: ({ brokers }) => new Map(brokers.map(broker => [broker.name, broker])),
  triggers: ({ triggers }) => new Map(triggers.map(trigger => [trigger.name, trigger])),
};

function nameOf({ id, host, port }: CameraConfig): string {
  return id ?? `${host}:${port}`;
}

function named(before: Named, after: Named): Exclude<Changes[string], string> {
  const [old, now] = [[...before.keys()], [...after.keys()]];
  const kinds = {
    added: now.filter(name => !before.has(name)),
    removed: old.filter(name => !after.has(name)),
    changed: now.filter(name => before.has(name) && !isSame(before.get(name), after.get(name))),
  };
  const told = Object.entries(kinds).filter(([, names]) => names.length > 0);
  return Object.fromEntries(told.map(([kind, names]) => [kind, listed(names)]));
}

function listed(names: readonly string[]): string[] {
  const more = names.length - MOST;
  return more > 0 ? [...names.slice(0, MOST), `${more} more`] : [...names];
}
