// What a trigger does: its steps, in order or at once, and the report of how each ended.
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';
import type { Parameters } from './action.ts';
import type { Audit, Cause } from './audit.ts';
import { type Loops, topicPlace } from './loops.ts';
import { type Outcome, refused } from './outcome.ts';
import type { Runner } from './runner.ts';

export interface ActionStep {
  readonly camera: string;
  readonly action: string;
  readonly parameters: Parameters;
}

export interface PublishStep {
  readonly publish: {
    readonly broker: string;
    readonly topic: string;
    /** Text as it is, anything else as JSON. */
    readonly payload: unknown;
    readonly retain: boolean;
  };
}

export type Step = ActionStep | PublishStep;

export interface Deed {
  readonly name: string;
  readonly do: readonly Step[];
  /** All steps at once, and not each when the one before it is over. */
  readonly together: boolean;
  /** Tells what it would do. */
  readonly dryRun: boolean;
}

export interface DeedsOptions {
  runner: Pick<Runner, 'run'>;
  loops: Loops;
  /** Resolves once it is durable. */
  publish(message: PublishStep['publish']): Promise<void>;
  /** The place of a cause, as `loops` knows it: the ID of a device, or `placeOf` a topic at a broker. */
  placeOf(cause: Cause): string;
  /** How long (ms) a step is of worth, just now. */
  timeToLive(): number;
  audit: Audit;
  count(trigger: string, outcome: string): void;
  clock: Clock;
  log: Log;
}

/** Runs of one trigger at a time: a flood of messages is no flood of actions. */
const RUNS_MAX = 16;

/** Gives what does the deed of a trigger; it never throws, and a step that fails stops none after it. */
export function createDeeds(options: DeedsOptions): (deed: Deed, cause: Cause) => void {
  const { loops, audit, count, log } = options;
  const runs = new Map<string, number>();

  const isLoop = ({ name }: Deed, cause: Cause): boolean => {
    const { allowed, begins } = loops.judge(name, options.placeOf(cause), cause.topic);
    if (begins)
      log.error(
        { code: 'LOOP', trigger: name, by: cause },
        'a trigger sets itself off: it rests for a minute',
      );
    return !allowed;
  };

  const run = async (deed: Deed, cause: Cause): Promise<void> => {
    const steps = deed.together ? await atOnce(deed, cause, options) : await inOrder(deed, cause, options);
    const failures = steps.filter(({ state }) => state === 'failed').length;
    const outcome = failures === 0 ? 'done' : 'failed';
    count(deed.name, outcome);
    if (failures > 0)
      log.warn({ trigger: deed.name, steps }, `trigger: ${failures} of ${steps.length} steps failed`);
    audit({ by: cause, trigger: deed.name, outcome, steps });
  };

  return (deed, cause) => {
    const { name } = deed;
    const open = runs.get(name) ?? 0;
    if (isLoop(deed, cause)) return count(name, 'looped');
    if (open >= RUNS_MAX) return count(name, 'crowded');
    if (deed.dryRun) {
      count(name, 'dryRun');
      return audit({ by: cause, trigger: name, outcome: 'dryRun', steps: deed.do });
    }
    runs.set(name, open + 1);
    void run(deed, cause).finally(() => runs.set(name, (runs.get(name) ?? 1) - 1));
  };
}

type Report = { state: Outcome['state'] } & Readonly<Record<string, unknown>>;

function atOnce({ do: steps }: Deed, cause: Cause, options: DeedsOptions): Promise<Report[]> {
  return Promise.all(steps.map(step => take(step, cause, options)));
}

async function inOrder({ do: steps }: Deed, cause: Cause, options: DeedsOptions): Promise<Report[]> {
  const reports: Report[] = [];
  for (const step of steps) reports.push(await take(step, cause, options));
  return reports;
}

async function take(step: Step, cause: Cause, options: DeedsOptions): Promise<Report> {
  const { runner, loops, publish, clock, timeToLive } = options;
  // What has expired meanwhile acts no more (DESIGN 3.6).
  const until = ('expires' in cause ? cause.expires : undefined) ?? Number.POSITIVE_INFINITY;
  if ('publish' in step) {
    const { broker, topic } = step.publish;
    if (until <= clock.monotonic())
      return { publish: topic, broker, ...refused('EXPIRED', 'the message is too old') };
    loops.acted(topicPlace(broker, topic));
    await publish(step.publish);
    return { publish: topic, broker, state: 'done' };
  }
  const { camera, action, parameters } = step;
  const expires = Math.min(clock.monotonic() + timeToLive(), until);
  const said = await runner.run({ device: camera, action, parameters, expires }, () => loops.acted(camera));
  // What the device says of it comes after it has acted, which may be long after it was accepted.
  if (said.state === 'done') loops.acted(camera);
  return { camera, action, ...said };
}
