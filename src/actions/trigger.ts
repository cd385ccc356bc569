// One trigger: which of what it hears make it act, and when.
import type { Json } from '../event.ts';
import type { Clock } from '../util/clock.ts';
import { type Arming, isArmed } from './arming.ts';
import type { Cause } from './audit.ts';
import { type Conditions, holds, type Trace, traceOf } from './conditions.ts';

export interface TriggerSpec {
  readonly when?: Conditions;
  readonly text?: string;
  /** How long (ms) it has to hold without a break, 0 for not at all. */
  readonly for: number;
  /** How long (ms) it rests once it acted. */
  readonly cooldown: number;
  readonly armed?: Arming;
  /** Whether states that were there before act too. */
  readonly retained: boolean;
}

/** A message or an event. */
export interface Heard {
  /** What it is of: of one place the last word counts. */
  place: string;
  /** Undefined where it is none. */
  text?: string | undefined;
  value?: Json | undefined;
  /** It tells what was so before: a retained message, a state at the begin of a connection. */
  old: boolean;
  /** The place is no more: nothing holds there. */
  gone?: boolean;
  cause: Cause;
}

export interface Trigger {
  hear(heard: Heard): void;
  /** The last word of the topic that arms it; undefined: not known. */
  arm(said: string | undefined): void;
  /** Places whose state nobody knows any more: what began to hold there holds no longer. */
  lose(isOf?: (place: string) => boolean): void;
  stop(): void;
}

export interface TriggerOptions {
  spec: TriggerSpec;
  clock: Clock;
  act(cause: Cause): void;
  /** Counts what it heard and did not act on. */
  count(outcome: 'old' | 'resting' | 'disarmed' | 'crowded'): void;
}

/** Places that it tells apart. */
const PLACES_MAX = 1000;

export function createTrigger({ spec, clock, act, count }: TriggerOptions): Trigger {
  /** By place, the end of the wait for what holds there; it stays until it holds no more, so that it acts once. */
  const held = new Map<string, () => void>();
  const traces = new Map<string, Trace>();
  let armedBy: string | undefined;
  let restsUntil = Number.NEGATIVE_INFINITY;

  const release = (place: string) => {
    held.get(place)?.();
    held.delete(place);
  };
  const matches = ({ place, text, value, gone }: Heard): boolean => {
    if (gone) return false;
    if (spec.text !== undefined) return text === spec.text;
    if (spec.when === undefined) return true;
    if (value === undefined) return false;
    const before = traces.get(place);
    if (before === undefined && traces.size >= PLACES_MAX) traces.clear();
    traces.set(place, traceOf(spec.when, value));
    return holds(spec.when, value, before);
  };
  const fire = (cause: Cause) => {
    const now = clock.monotonic();
    if (!isArmed(spec.armed, armedBy, clock.now())) return count('disarmed');
    if (now < restsUntil) return count('resting');
    restsUntil = now + spec.cooldown;
    act(cause);
  };

  return {
    hear(heard) {
      const { place, cause } = heard;
      if (!matches(heard)) return release(place);
      if (heard.old && !spec.retained) return count('old');
      if (spec.for === 0) return fire(cause);
      if (held.has(place)) return;
      if (held.size >= PLACES_MAX) return count('crowded');
      held.set(
        place,
        clock.after(spec.for, () => fire(cause)),
      );
    },
    arm(said) {
      armedBy = said;
    },
    lose(isOf = () => true) {
      for (const place of [...held.keys()].filter(isOf)) release(place);
    },
    stop() {
      for (const place of [...held.keys()]) release(place);
    },
  };
}
