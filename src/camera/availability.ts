// What a subscriber is told of a device's state: online, degraded or offline, since when and why.
import type { Clock } from '../util/clock.ts';
import { type BridgeError, ERRORS, type ErrorCode } from '../util/errors.ts';
import { FLAWS, type Flaw } from './flaws.ts';
import type { Availability, Outlet } from './outlet.ts';
import type { Passed } from './survey.ts';

type State = Availability['state'];

/** Why a device is not simply online: an error's code, or what it cannot be vouched for. */
export type Reason = ErrorCode | 'STARTING' | 'STOPPED' | Flaw;

const MEANINGS = {
  STARTING: 'the bridge has not heard it yet',
  STOPPED: 'the bridge was stopped',
  ...FLAWS,
} as const;

/** The reason of a device that is not known yet. */
export const STARTING = { reason: 'STARTING', message: MEANINGS.STARTING } as const;

/** What is known of a device's state. */
export interface Condition {
  source: string;
  passed: Passed;
  /** Its events are heard. */
  heard: boolean;
  /** It answers the pollers. */
  polled: boolean;
  reason: Reason | undefined;
  /** When its address was found, where it is looked for. */
  found?: string;
}

/**
 * Makes the function that takes what has changed and publishes the state that comes of it, if it is another one;
 * `since` is when it began, whatever the reason since.
 */
export function createAvailability(outlet: Outlet, clock: Clock): (change: Partial<Condition>) => void {
  const condition: Condition = { source: '', passed: {}, heard: false, polled: false, reason: undefined };
  let state: State | undefined;
  let since = '';
  let said = '';
  return change => {
    Object.assign(condition, change);
    const next = stateOf(condition);
    if (next !== state) since = new Date(clock.now()).toISOString();
    state = next;
    const { source, passed, reason, found } = condition;
    const why = reason === undefined ? {} : { reason, message: meaningOf(reason) };
    const without = Object.keys(passed).length === 0 ? {} : { passed: { ...passed } };
    const availability = { state, since, source, ...without, ...(found && { found }), ...why };
    const text = JSON.stringify(availability);
    if (text !== said) outlet.available(availability);
    said = text;
  };
}

/** A device that is only polled is not heard, but it is there. */
function stateOf({ heard, polled, reason }: Condition): State {
  if (heard) return reason === undefined ? 'online' : 'degraded';
  return polled ? 'degraded' : 'offline';
}

/** An error in one line for the log: what happened, to whom, and what to do. */
export function explain(error: BridgeError): string {
  const { meaning, hint } = ERRORS[error.code];
  return `${meaning} (${error.message}); ${hint}`;
}

function meaningOf(reason: Reason): string {
  return reason in MEANINGS ? MEANINGS[reason as keyof typeof MEANINGS] : ERRORS[reason as ErrorCode].meaning;
}
