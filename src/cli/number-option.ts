// Options that are whole numbers.
import { fail } from '../util/errors.ts';
import type { Invocation } from './command.ts';

/** The option's value; throws CONFIG where it is no whole number within the bounds. */
export function numberOf(
  values: Invocation['values'],
  name: string,
  [least, most]: readonly [number, number],
): number {
  const text = values[name];
  const value = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw fail('CONFIG', `--${name} must be a whole number from ${least} to ${most}`);
}
