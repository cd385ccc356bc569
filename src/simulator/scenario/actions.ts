// What a step of a scenario can do, as a table: the name it goes by, how it is read, what it does to the device.
import { type Clock, sleep } from '../../util/clock.ts';
import type { Device } from '../device.ts';
import type { SimulatedEvent } from '../emitter.ts';
import { fillIn } from './placeholders.ts';
import {
  type Raw,
  readBoolean,
  readCount,
  readDuration,
  readEvent,
  readPause,
  readRefusal,
  readText,
  readTrue,
} from './readers.ts';

export interface Stage {
  device: Device;
  clock: Clock;
  signal: AbortSignal;
  round: number;
  count: number;
}

export type Play = (stage: Stage) => void | Promise<void>;

export interface Action {
  /** Reads the step into what it does; throws `Unreadable`. */
  read(value: unknown, step: Raw): Play;
  /** Names that may stand beside it in the step. */
  beside?: readonly string[];
}

export const ACTIONS: Readonly<Record<string, Action>> = {
  emit: action(readEvent, (event, stage) => emit(stage, event)),
  burst: { read: readBurst, beside: ['of'] },
  remove: action(readEvent, ({ operation: _, ...property }, { device }) => device.remove(property)),
  drop: action(readTrue, (_, { device }) => device.drop()),
  stall: action(readPause, (ms, stage) =>
    hold(stage, ms, () => {
      stage.device.stall();
      return () => stage.device.resume();
    }),
  ),
  halfPacket: action(readPause, (ms, stage) => hold(stage, ms, () => stage.device.halfPacket().complete)),
  garbage: action(readTrue, (_, { device }) => device.garbage()),
  reboot: action(readPause, (downMs, { device }) => device.reboot({ downMs })),
  visitors: action(readCount, (people, { device }) => device.visit(people)),
  password: action(readText, (text, { device }) => device.setPassword(text)),
  clockJump: action(readDuration, (ms, { device }) => device.clockJump(ms)),
  slowReader: action(readBoolean, (on, { device }) => device.setSlowReader(on)),
  refuseRtsp: action(readRefusal, (refusal, { device }) =>
    device.refuseRtsp(refusal?.status ?? null, refusal ?? {}),
  ),
  refuseHttp: action(readRefusal, (refusal, { device }) =>
    device.refuseHttp(refusal?.status ?? null, refusal ?? {}),
  ),
};

function action<T>(
  read: (value: unknown) => T,
  run: (value: T, stage: Stage) => void | Promise<void>,
): Action {
  return {
    read(value) {
      const known = read(value);
      return stage => run(known, stage);
    },
  };
}

function readBurst(value: unknown, step: Raw): Play {
  const count = readCount(value);
  const event = step['of'] === undefined ? undefined : readEvent(step['of']);
  return stage => {
    if (event) stage.device.burst(count, () => next(stage, event));
    else stage.device.burst(count);
  };
}

function emit(stage: Stage, event: SimulatedEvent): void {
  const { topic, operation, time, ...groups } = next(stage, event);
  const options = {
    ...(operation === undefined ? {} : { operation }),
    ...(time === undefined ? {} : { time }),
  };
  stage.device.emit(topic, groups, options);
}

function next(stage: Stage, event: SimulatedEvent): SimulatedEvent {
  stage.count += 1;
  return fillIn(event, { round: stage.round, count: stage.count, now: stage.device.now() });
}

/** Begins a fault and ends it after `ms`, or when the scenario is stopped. */
async function hold({ clock, signal }: Stage, ms: number, begin: () => () => void): Promise<void> {
  const end = begin();
  await sleep(clock, ms, signal);
  end();
}
