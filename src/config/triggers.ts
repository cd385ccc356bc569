// The triggers, complete, with the brokers, cameras and actions that they name.

import { suggest } from '../util/suggest.ts';
import { type ActionChecks, checkActionName } from './actions.ts';
import { defined } from './defined.ts';
import type { Path } from './path.ts';
import type { Report } from './problem.ts';
import { checkBrokerNames } from './routes.ts';
import type { ConfigFile, TriggerFile } from './schema/file.ts';
import type { ArmingConfig, BrokerConfig, CameraConfig, StepConfig, TriggerConfig } from './types.ts';

export interface Known {
  brokers: readonly BrokerConfig[];
  cameras: readonly CameraConfig[];
  /** Absent: what is done is not checked. */
  checks: ActionChecks | undefined;
  report: Report;
}

/** All triggers of the file; one that names what is not there is reported. */
export function resolveTriggers({ triggers = [], cameras }: ConfigFile, known: Known): TriggerConfig[] {
  const seen = new Map<string, number>();
  // A camera that is incomplete is missing from those that are known, and its fault is told already.
  const isWhole = cameras.length === known.cameras.length;
  return triggers.flatMap((trigger, index) => {
    const path = ['triggers', index];
    const twin = seen.get(trigger.name);
    seen.set(trigger.name, twin ?? index);
    if (twin !== undefined)
      known.report.problem(
        [...path, 'name'],
        `is that of triggers[${twin}] too${known.report.lineOf(['triggers', twin, 'name'])}; each needs its own`,
      );
    checkForm(trigger, path, known.report);
    checkBrokers(trigger, path, known);
    const steps = trigger.do.flatMap((step, at) =>
      resolveStep(step, [...path, 'do', at], { ...known, isWhole }),
    );
    return complete(trigger, steps, known.brokers[0]?.name ?? '');
  });
}

function complete(trigger: TriggerFile, steps: StepConfig[], first: string): TriggerConfig[] {
  const { name, broker = first, topic, on, when, text, armed, ...rest } = trigger;
  const events = on && { camera: '*', topic: '**', source: {}, ...defined(on) };
  const hears = events ?? (topic === undefined ? undefined : { broker, filter: topic });
  if (hears === undefined) return [];
  return [
    {
      name,
      hears,
      for: rest.for ?? 0,
      cooldown: rest.cooldown ?? 0,
      retained: rest.retained ?? false,
      together: rest.together ?? false,
      dryRun: rest.dryRun ?? false,
      ...defined({ when: when && conditionsOf(when), text, armed: armed && armingOf(armed, first) }),
      do: steps,
    },
  ];
}

function conditionsOf(when: NonNullable<TriggerFile['when']>): NonNullable<TriggerConfig['when']> {
  return Object.fromEntries(
    Object.entries(when).map(([path, wanted]) => [
      path,
      typeof wanted === 'object' && wanted !== null ? defined(wanted) : wanted,
    ]),
  );
}

function armingOf(armed: NonNullable<TriggerFile['armed']>, first: string): ArmingConfig | undefined {
  const { broker = first, topic, text, from, to } = armed;
  if (topic !== undefined && text !== undefined) return { broker, topic, text };
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** What goes together and what does not. */
function checkForm(trigger: TriggerFile, path: Path, report: Report): void {
  const { topic, on, when = {}, text, armed } = trigger;
  const say = (isWrong: boolean, key: string, message: string) => {
    if (isWrong && !report.touches([...path, key])) report.problem([...path, key], message);
  };
  const isMissing = topic === undefined && on === undefined && !report.touches([...path, 'on']);
  say(isMissing, 'topic', 'is required, unless `on` says which events of the bridge');
  say(topic !== undefined && on !== undefined, 'on', 'stands beside `topic`; take one of them');
  say(text !== undefined && trigger.when !== undefined, 'text', 'stands beside `when`; take one of them');
  say(text !== undefined && on !== undefined, 'text', 'is for messages; for events take `when`');
  const lasting = Object.values(when).some(wanted => Object(wanted).changed !== undefined);
  say(lasting && (trigger.for ?? 0) > 0, 'for', 'cannot be told of a value that has `changed`');
  const isWhole = armed === undefined || isWholeArming(armed);
  say(!isWhole, 'armed', 'takes either `topic` and `text`, or `from` and `to`');
}

function isWholeArming({ broker, topic, text, from, to }: NonNullable<TriggerFile['armed']>): boolean {
  const given = [topic, text, from, to].map(part => (part === undefined ? '-' : 'x')).join('');
  return given === 'xx--' || (given === '--xx' && broker === undefined);
}

function checkBrokers(
  { broker, armed, do: steps }: TriggerFile,
  path: Path,
  { brokers, report }: Known,
): void {
  const all = brokers.map(({ name }) => name);
  const check = (name: string | undefined, place: Path) => {
    if (name !== undefined) checkBrokerNames(name, place, { all, report });
  };
  check(broker, [...path, 'broker']);
  check(armed?.broker, [...path, 'armed', 'broker']);
  for (const [at, { publish }] of steps.entries())
    check(publish?.broker, [...path, 'do', at, 'publish', 'broker']);
}

function resolveStep(
  { camera, action, publish, ...parameters }: TriggerFile['do'][number],
  path: Path,
  known: Known & { isWhole: boolean },
): StepConfig[] {
  const { report, checks, brokers } = known;
  const hasMore = camera !== undefined || action !== undefined || Object.keys(parameters).length > 0;
  if (publish !== undefined && !hasMore) {
    const { broker = brokers[0]?.name ?? '', topic, payload = '', retain = false } = publish;
    return [{ publish: { broker, topic, payload, retain } }];
  }
  if (publish !== undefined || camera === undefined || action === undefined) {
    if (!report.touches(path)) report.problem(path, 'takes either `camera` and `action`, or `publish` alone');
    return [];
  }
  checkCamera(camera, [...path, 'camera'], known);
  if (checks !== undefined && checkActionName(action, [...path, 'action'], checks, report)) {
    const verdict = checks[action]?.check(parameters);
    if (verdict?.ok === false && !report.touches(path))
      report.problem(path, `${action}: ${verdict.complaints.join('; ')}`);
  }
  return [{ camera, action, parameters }];
}

function checkCamera(
  id: string,
  path: Path,
  { cameras, isWhole, report }: Known & { isWhole: boolean },
): void {
  const ids = cameras.map(camera => camera.id ?? camera.serial);
  // A camera without an ID is one of the serial numbers, nobody knows yet which.
  const mayBeUnnamed = ids.includes(undefined) && /^[0-9A-F]{12}$/.test(id);
  if (ids.includes(id) || mayBeUnnamed || !isWhole) return;
  const known = ids.filter(other => other !== undefined);
  report.problem(path, 'there is no camera of that ID', { suggestion: suggest(id, known) });
}
