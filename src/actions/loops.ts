// Notices a trigger that sets itself off: by what its action, or that of another trigger, made a device or a broker say.
import type { Clock } from '../util/clock.ts';

/** What is said at a place so soon (ms) after an action there is taken for its consequence. */
const CONSEQUENCE = 2_000;
/** So often in so long (ms) a trigger may be set off by consequences at one place. */
const MOST = 3;
const WITHIN = 10_000;
const PAUSE = 60_000;
const PLACES_MAX = 10_000;

export interface Loops {
  /** A trigger acts on a place: a device, or a topic at a broker. */
  acted(place: string): void;
  /** Whether what is said at `place` now is taken for the consequence of an action there. */
  isConsequence(place: string): boolean;
  /**
   * Whether a trigger may act on what was said at `place`, with `topic`: not for a minute, once it has set itself off.
   * `begins`: that is noticed just now.
   */
  judge(trigger: string, place: string, topic: string): { allowed: boolean; begins: boolean };
}

interface Circle {
  times: number[];
  stoppedUntil: number;
}

export function createLoops(clock: Clock): Loops {
  const acts = new Map<string, number>();
  const circles = new Map<string, Circle>();
  const isConsequence = (place: string) =>
    clock.monotonic() - (acts.get(place) ?? Number.NEGATIVE_INFINITY) <= CONSEQUENCE;
  return {
    acted(place) {
      bound(acts);
      acts.set(place, clock.monotonic());
    },
    isConsequence,
    judge(trigger, place, topic) {
      const now = clock.monotonic();
      const key = JSON.stringify([trigger, place, topic]);
      const circle = circles.get(key) ?? { times: [], stoppedUntil: 0 };
      if (now < circle.stoppedUntil) return { allowed: false, begins: false };
      if (!isConsequence(place)) return { allowed: true, begins: false };
      bound(circles);
      circles.set(key, circle);
      circle.times = [...circle.times.filter(time => now - time < WITHIN), now];
      if (circle.times.length <= MOST) return { allowed: true, begins: false };
      circle.times = [];
      circle.stoppedUntil = now + PAUSE;
      return { allowed: false, begins: true };
    },
  };
}

/** The place of a topic at a broker. */
export function topicPlace(broker: string, topic: string): string {
  return JSON.stringify([broker, topic]);
}

/** The oldest go first. */
function bound(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size < PLACES_MAX) return;
    map.delete(key);
  }
}
