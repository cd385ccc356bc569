// The configuration file and the environment to a Config, or to everything that is wrong with them.
import { dirname } from 'node:path';
import { Hidden } from '../util/hidden.ts';
import { isLoopbackHost } from '../util/loopback.ts';
import { type ActionChecks, checkCommands, resolveActions } from './actions.ts';
import { resolveBrokers } from './brokers.ts';
import { checkDeviceMqtt, resolveCameras } from './cameras.ts';
import type { Context } from './credentials.ts';
import { type Env, expandEnvironment } from './environment.ts';
import {
  createAttachments,
  type IsPublic,
  isPublicOnDisk,
  type ReadFile,
  readFromDisk,
  readText,
} from './files.ts';
import { resolveHomeAssistant } from './homeassistant.ts';
import { layerSettings, warnOfVariables } from './layers.ts';
import { lint } from './lint/lint.ts';
import { lintSecrets } from './lint/secrets.ts';
import { createReport, type Problem, type Report } from './problem.ts';
import { resolveRoutes } from './routes.ts';
import type { ConfigFile } from './schema/file.ts';
import type { Settings } from './schema/settings.ts';
import { validate } from './schema/validate.ts';
import { resolveTriggers } from './triggers.ts';
import type { Config } from './types.ts';
import { parseYaml } from './yaml/parse.ts';
import type { Value } from './yaml/values.ts';

export interface LoadOptions {
  file: string;
  env: Env;
  readFile?: ReadFile;
  isPublic?: IsPublic;
  /** The actions that there are; without them, commands and triggers are taken as they are. */
  actions?: ActionChecks;
  /** Gets what is not to be shown; by default one of its own. Problems are without that. */
  hidden?: Hidden;
}

/**
 * `files` are the files that the configuration names, readable or not: what to watch. Never print them: where a name
 * belongs, somebody may have written the password itself.
 */
export type LoadResult =
  | { ok: true; config: Config; warnings: Problem[]; files: string[] }
  | { ok: false; problems: Problem[]; files: string[] };

/** Loads the configuration; says every problem at once, none with a value that may be a secret. Never rejects. */
export async function loadConfig({
  file,
  env,
  readFile = readFromDisk,
  isPublic = isPublicOnDisk,
  actions,
  hidden = new Hidden(),
}: LoadOptions): Promise<LoadResult> {
  const text = await readText(file, readFile).catch((error: Error) => error);
  if (text instanceof Error) {
    return { ok: false, problems: [{ file, path: '', message: text.message }], files: [] };
  }
  const yaml = parseYaml(text);
  const report = createReport({ file, locate: yaml.locate, value: yaml.value ?? null, hidden });
  for (const { path, message, at } of yaml.flaws) report.problem(path, message, { at });
  const attachments = createAttachments({ folder: dirname(file), readFile, isPublic, report });
  const config =
    yaml.value === undefined
      ? undefined
      : await build(yaml.value, env, { attachments, report, hidden }, actions);
  const problems = report.problems();
  const files = attachments.files();
  if (problems.length > 0 || !config) return { ok: false, problems, files };
  lintSecrets(yaml, await isPublic(file), report);
  return { ok: true, config: freeze(config), warnings: report.warnings(), files };
}

async function build(value: Value, env: Env, context: Context, checks: ActionChecks | undefined) {
  const { report } = context;
  const expanded = expandEnvironment(withoutExtensions(value), { env, ...context });
  warnOfVariables(env, expanded.names, report);
  const file = checkShape(expanded.value, report);
  const settings = layerSettings(file ?? {}, env, report);
  return file && complete(file, settings, context, checks);
}

function checkShape(value: Value, report: Report): ConfigFile | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return validate(withoutEmptySections(value), report);
  }
  // An empty file was probably cut off while it was written: no wish for no cameras.
  report.problem(
    [],
    value === null ? 'is empty; it needs `cameras`' : 'must be a mapping (`key: value` lines)',
  );
  return undefined;
}

/** Keys that begin with `x-` are the user's own: places for anchors, as in Docker Compose. */
function withoutExtensions(value: Value): Value {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith('x-')));
}

/** A section with everything in it commented out is as good as absent. */
function withoutEmptySections(file: { [section: string]: Value }): Value {
  return Object.fromEntries(Object.entries(file).filter(([, section]) => section !== null));
}

async function complete(
  file: ConfigFile,
  settings: Settings,
  context: Context,
  checks: ActionChecks | undefined,
): Promise<Config> {
  const { report } = context;
  const brokers = await resolveBrokers(file, settings.bridge.id, context);
  const cameras = await resolveCameras(file, context);
  checkDeviceMqtt(file, brokers, report);
  const routes = await resolveRoutes(file, brokers, context);
  if (checks !== undefined) checkCommands(file, checks, report);
  const triggers = resolveTriggers(file, { brokers, cameras, checks, report });
  const actions = resolveActions(file, brokers, report);
  const homeAssistant = resolveHomeAssistant(file, brokers, report);
  lint({ file, brokers, cameras, routes, report });
  return {
    ...settings,
    http: httpOf(file, settings, report),
    brokers,
    cameras,
    routes,
    triggers,
    actions,
    homeAssistant,
    hidden: context.hidden,
  };
}

function httpOf({ http }: ConfigFile, settings: Settings, report: Report): Config['http'] {
  if (http === false) return false;
  // In a container it has to be so, and the environment says it there.
  if (http?.host !== undefined && !isLoopbackHost(http.host))
    report.warn(
      ['http', 'host'],
      'lets the network read the pages: the devices, and what becomes of their events',
    );
  return { ...settings.http, names: http?.names ?? [] };
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const entry of Object.values(value)) freeze(entry);
  return Object.freeze(value);
}
