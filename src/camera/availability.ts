// What a subscriber is told of a device's state: online, degraded or offline, since when and why.
import type { Clock } from '../util/clock.ts';
import { type BridgeError, ERRORS, type ErrorCode } from '../util/errors.ts';
import type { Availability, Outlet } from './outlet.ts';

type State = Availability['state'];

/** Why a device is not simply online: an error's code, or what it cannot be vouched for. */
export type Reason = ErrorCode | 'STARTING' | 'STOPPED' | 'NO_DECLARATIONS' | 'CLOCK';

const MEANINGS = {
  STARTING: 'the bridge has not heard it yet',
  STOPPED: 'the bridge was stopped',
  NO_DECLARATIONS: 'it does not say what its events mean: values are untyped',
  CLOCK: 'its clock is more than 30 s off',
} as const;

/** Publishes each change; `since` is when the state began, whatever the reason since. */
export function createAvailability(outlet: Outlet, clock: Clock, source: string) {
  let state: State | undefined;
  let since = '';
  return (next: State, reason?: Reason): void => {
    if (next !== state) since = new Date(clock.now()).toISOString();
    state = next;
    const why = reason === undefined ? {} : { reason, message: meaningOf(reason) };
    outlet.available({ state, since, source, ...why });
  };
}

/** An error in one line for the log: what happened, to whom, and what to do. */
export function explain(error: BridgeError): string {
  const { meaning, hint } = ERRORS[error.code];
  return `${meaning} (${error.message}); ${hint}`;
}

function meaningOf(reason: Reason): string {
  return reason in MEANINGS ? MEANINGS[reason as keyof typeof MEANINGS] : ERRORS[reason as ErrorCode].meaning;
}
