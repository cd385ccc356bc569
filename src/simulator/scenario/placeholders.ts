// Placeholders in the texts of a scenario's events: `{round}`, `{count}`, `{now}`, `{pick:a|b|c}`.
import type { SimulatedEvent } from '../emitter.ts';
import type { Groups, Values } from '../items.ts';

export interface Moment {
  /** Rounds of loops begun so far. */
  round: number;
  /** Events that the scenario has sent so far. */
  count: number;
  /** The device's clock, in milliseconds. */
  now: number;
}

/** The event with its placeholders filled in; `{pick:…}` takes one choice after the other, by round. */
export function fillIn(event: SimulatedEvent, moment: Moment): SimulatedEvent {
  const filled: Groups = {};
  for (const name of ['source', 'key', 'data'] as const) {
    const values = event[name];
    if (values) filled[name] = fillValues(values, moment);
  }
  return { ...event, ...filled };
}

function fillValues(values: Values, moment: Moment): Values {
  const fill = <T>(value: T) => (typeof value === 'string' ? fillText(value, moment) : value);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(fill) : fill(value),
    ]),
  );
}

function fillText(text: string, { round, count, now }: Moment): string {
  return text
    .replaceAll('{round}', String(round))
    .replaceAll('{count}', String(count))
    .replaceAll('{now}', () => new Date(now).toISOString())
    .replace(/\{pick:([^}]*)\}/g, (_, choices: string) => pick(choices.split('|'), round));
}

function pick(choices: readonly string[], round: number): string {
  return choices[round % choices.length] ?? '';
}
