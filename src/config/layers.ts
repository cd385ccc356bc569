// The single settings in layers: default, then file, then the environment's AXIS2MQTT_SECTION_KEY; the last one wins.
// Lists (brokers, cameras, routes) stay out of convict: it mixes entries of layers, fills no defaults inside lists, and
// would hold and print their passwords.
import convict from 'convict';
import { fail } from '../util/errors.ts';
import { suggest } from '../util/suggest.ts';
import type { Env } from './environment.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema/file.ts';
import { type Leaf, leaves, parseSettings, type Settings } from './schema/settings.ts';

const PREFIX = 'AXIS2MQTT_';

/** All settings; a wrong variable of the environment is a problem, and the default stands in for it. */
export function layerSettings(file: Pick<ConfigFile, Section>, env: Env, report: Report): Settings {
  const wrong: Leaf[] = [];
  const refuse = (leaf: Leaf, message: string) => {
    wrong.push(leaf);
    report.environment(variableOf(leaf), `${message} (it sets ${leaf.section}.${leaf.key})`);
  };
  const layers = convict(convictSchema(refuse), { env: withoutEmpty(env), args: [] });
  const { names: _, ...http } = file.http || {};
  layers.load({ bridge: file.bridge ?? {}, http, log: file.log ?? {} });
  try {
    layers.validate({ allowed: 'strict' });
  } catch {
    // Its message prints values; `refuse` has said what is wrong.
    if (wrong.length === 0)
      throw fail('INTERNAL', 'the settings of the file passed its schema and not the layers');
  }
  for (const { section, key } of wrong) layers.reset(`${section}.${key}`);
  return parseSettings(layers.getProperties());
}

/** Warns of variables that look like one of ours, misspelt: they would do nothing without a word. */
export function warnOfVariables(env: Env, namedInFile: ReadonlySet<string>, report: Report): void {
  const known = leaves().map(variableOf);
  for (const name of Object.keys(env)) {
    if (!name.startsWith(PREFIX) || known.includes(name) || namedInFile.has(name)) continue;
    const meant = suggest(name, known);
    if (meant !== undefined)
      report.environmentWarning(name, 'is not a known variable and sets nothing', meant);
  }
}

type Section = 'bridge' | 'http' | 'log';

type ConvictSchema = convict.Schema<Record<string, Record<string, unknown>>>;

function convictSchema(refuse: (leaf: Leaf, message: string) => void): ConvictSchema {
  const schema: ConvictSchema = {};
  for (const leaf of leaves()) {
    const { description = '', fallback, complaint } = leaf;
    const format = (value: unknown) => {
      const message = complaint(value);
      if (message === undefined) return;
      refuse(leaf, message);
      throw fail('CONFIG', message);
    };
    // As text: convict would turn the environment's `9x` into 9 where the default is a number.
    const entry = { doc: description, default: String(fallback), env: variableOf(leaf), format };
    schema[leaf.section] = { ...schema[leaf.section], [leaf.key]: entry };
  }
  return schema;
}

/** `bridge.baseTopic` is AXIS2MQTT_BRIDGE_BASE_TOPIC. */
function variableOf({ section, key }: Leaf): string {
  return `${PREFIX}${section}_${key.replaceAll(/[A-Z]/g, '_$&')}`.toUpperCase();
}

/** An empty variable is how containers say "not set". */
function withoutEmpty(env: Env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}
