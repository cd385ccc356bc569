// A scenario: a list of steps that a device plays, read and checked before anything happens.
import { setImmediate } from 'node:timers/promises';
import { type Clock, sleep, systemClock } from '../../util/clock.ts';
import { fail } from '../../util/errors.ts';
import type { Device } from '../device.ts';
import { ACTIONS, type Play, type Stage } from './actions.ts';
import { type Raw, readCount, readPause, readRecord, Unreadable } from './readers.ts';

/** A scenario that can be played. */
export interface Scenario {
  play: Play;
}

export interface RunOptions {
  /** Stops it between two steps, and any step that lasts. */
  signal: AbortSignal;
  clock?: Clock;
}

const NOTHING: Play = () => {};

interface Reader {
  problems: string[];
  where: string;
}

/**
 * Reads a list of steps. A step is `{after: 500ms}`, one action, or both; the actions are those of the table and
 * `loop: [steps]` with `times` (without it for ever). Throws CONFIG with a line for every step that is wrong.
 */
export function parseScenario(value: unknown, name = 'scenario'): Scenario {
  const problems: string[] = [];
  const play = readSteps(value, { problems, where: name });
  if (problems.length > 0) throw fail('CONFIG', problems.join('\n'));
  return { play };
}

/** Plays a scenario, or the list of its steps, to its end or until the signal. */
export async function runScenario(
  device: Device,
  scenario: Scenario | readonly unknown[],
  options: RunOptions,
): Promise<void> {
  const { play } = 'play' in scenario ? scenario : parseScenario(scenario);
  await play({ device, clock: options.clock ?? systemClock, signal: options.signal, round: 0, count: 0 });
}

function readSteps(value: unknown, { problems, where }: Reader): Play {
  if (!Array.isArray(value)) {
    problems.push(`${where}: wants a list of steps`);
    return NOTHING;
  }
  const plays = value.map((step, index) => readStep(step, { problems, where: `${where}[${index}]` }));
  return stage => playAll(plays, stage);
}

async function playAll(plays: readonly Play[], stage: Stage): Promise<void> {
  for (const play of plays) {
    if (stage.signal.aborted) return;
    await play(stage);
  }
}

/** One step; what is wrong with it goes to the list of problems, and the reading goes on. */
function readStep(value: unknown, { problems, where }: Reader): Play {
  try {
    const step = readRecord(value);
    const name = actionOf(step);
    const pause = step['after'] === undefined ? 0 : named('after', () => readPause(step['after']));
    const act = name === undefined ? NOTHING : named(name, () => readAction(name, step, { problems, where }));
    return async stage => {
      if (pause > 0) await sleep(stage.clock, pause, stage.signal);
      if (!stage.signal.aborted) await act(stage);
    };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    problems.push(`${where}: ${error.message}`);
    return NOTHING;
  }
}

function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Unreadable ? new Unreadable(`${name} ${error.message}`) : error;
  }
}

/** The one action of a step; undefined where it only waits. */
function actionOf(step: Raw): string | undefined {
  const known = [...Object.keys(ACTIONS), 'loop'];
  const names = Object.keys(step).filter(name => known.includes(name));
  const [name] = names;
  if (names.length > 1)
    throw new Unreadable(`has several actions (${names.join(', ')}); give each its own step`);
  const beside = [
    'after',
    ...(name === 'loop' ? ['times'] : []),
    ...(name ? (ACTIONS[name]?.beside ?? []) : []),
  ];
  const odd = Object.keys(step).find(one => one !== name && !beside.includes(one));
  if (odd !== undefined) throw new Unreadable(`does not know "${odd}"; actions are ${known.join(', ')}`);
  if (name === undefined && step['after'] === undefined) throw new Unreadable('is empty');
  return name;
}

function readAction(name: string, step: Raw, reader: Reader): Play {
  const action = ACTIONS[name];
  return action ? action.read(step[name], step) : readLoop(step, reader);
}

function readLoop(step: Raw, { problems, where }: Reader): Play {
  const times = step['times'] === undefined ? Number.POSITIVE_INFINITY : readCount(step['times']);
  const body = readSteps(step['loop'], { problems, where: `${where}.loop` });
  return async stage => {
    for (let round = 0; round < times && !stage.signal.aborted; round++) {
      await body(stage);
      stage.round += 1;
      // A loop that waits nowhere leaves the process its turn.
      await setImmediate();
    }
  };
}
