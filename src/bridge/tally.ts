// Counts by name and outcome, for the metrics.
import type { Sample } from '../ops/metrics.ts';

export interface Tally {
  count(name: string, outcome: string): void;
  samples(gauge: Sample['gauge'], label: string): Iterable<Sample>;
}

export function createTally(): Tally {
  const counts = new Map<string, Map<string, number>>();
  return {
    count(name, outcome) {
      const outcomes = counts.get(name) ?? new Map<string, number>();
      counts.set(name, outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1));
    },
    *samples(gauge, label) {
      for (const [name, outcomes] of counts)
        for (const [outcome, value] of outcomes) yield { gauge, labels: { [label]: name, outcome }, value };
    },
  };
}
