// States that a device says twice: when a pull point is made, and at the synchronization point that was asked for.
import type { Notification } from '../../event.ts';
import type { Clock } from '../../util/clock.ts';

/** Both come at the beginning; ms. */
const BEGINNING_MS = 30_000;
/** States remembered for so long. */
const STATES_MAX = 1000;

/**
 * Makes what tells of each notification of a pull point whether it says more than what a property still is: ONVIF (Core,
 * property events) has a device tell its states to a new subscription, but not all do so without being asked.
 */
export function createNews(clock: Clock): (notification: Notification) => boolean {
  const end = clock.monotonic() + BEGINNING_MS;
  const states = new Map<string, string>();
  return ({ operation, topic, source, key, data }) => {
    if (operation === undefined) return true;
    if (clock.monotonic() > end || states.size >= STATES_MAX) states.clear();
    if (clock.monotonic() > end) return true;
    const place = JSON.stringify([topic, source, key]);
    const state = JSON.stringify(data);
    const isKnown = states.get(place) === state;
    if (operation === 'deleted') states.delete(place);
    else states.set(place, state);
    return !isKnown || operation !== 'initialized';
  };
}
