// What a device that is heard cannot be vouched for: in the log, in `availability` and in what `check` says.
import type { Declarations } from '../event.ts';
import { matchTopic } from '../util/topic.ts';

export type Flaw = 'NO_DECLARATIONS' | 'NO_EVENTS' | 'CLOCK' | 'SAME_SERIAL';

export const FLAWS: Readonly<Record<Flaw, string>> = {
  NO_DECLARATIONS: 'it does not say what its events mean: values are untyped',
  NO_EVENTS: 'it declares no event that `events.include` takes',
  CLOCK: 'its clock is more than 30 s off',
  SAME_SERIAL: 'another camera tells the same serial number: what is known by that is of either',
};

/** What a device says of itself, and what is wanted of it. */
export interface Judged {
  declarations: Declarations | undefined;
  /** The device's clock against the bridge's, ms. */
  skew: number | undefined;
  include: readonly string[];
}

const SKEW_MAX = 30_000;

/** What it lacks by what it says of itself, the worst first. */
export function flawsOf({ declarations, skew, include }: Judged): Flaw[] {
  const flaws: Flaw[] = [];
  if (declarations === undefined) flaws.push('NO_DECLARATIONS');
  else if (!isAnyIncluded(declarations, include)) flaws.push('NO_EVENTS');
  if (Math.abs(skew ?? 0) > SKEW_MAX) flaws.push('CLOCK');
  return flaws;
}

/** A device that declares nothing at all is not the fault of the patterns. */
function isAnyIncluded(declarations: Declarations, include: readonly string[]): boolean {
  if (declarations.size === 0 || include.includes('**')) return true;
  return [...declarations.keys()].some(topic => include.some(pattern => matchTopic(pattern, topic)));
}
