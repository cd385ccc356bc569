// The requests of a device that were taken, so that one that comes again acts once.
import type { Clock } from '../util/clock.ts';
import type { Outcome } from './outcome.ts';

const KEPT_MS = 10 * 60_000;
const KEPT_MAX = 1000;

export interface Memory {
  find(request: string): Promise<Outcome> | undefined;
  keep(request: string, outcome: Promise<Outcome>): void;
  /** It did not act: the same once more may. */
  forget(request: string): void;
}

export function createMemory(clock: Clock): Memory {
  const kept = new Map<string, { at: number; outcome: Promise<Outcome> }>();
  const prune = () => {
    for (const [request, { at }] of kept) {
      if (kept.size <= KEPT_MAX && clock.monotonic() - at < KEPT_MS) return;
      kept.delete(request);
    }
  };
  return {
    find(request) {
      prune();
      return kept.get(request)?.outcome;
    },
    keep(request, outcome) {
      kept.set(request, { at: clock.monotonic(), outcome });
      prune();
    },
    forget: request => void kept.delete(request),
  };
}
