// A device's availability as it is published: its own, and degraded while its events do not go through the bridge.
import type { Availability } from '../camera/outlet.ts';
import type { Clock } from '../util/clock.ts';
import type { ToldTrouble } from './troubles.ts';

export interface Available {
  /** Takes what the device's own availability is now. */
  own(availability: Availability): void;
  /** Takes what keeps its events from going through; undefined: nothing any more. */
  trouble(next: ToldTrouble | undefined): void;
  /** What was published last. */
  shown(): Availability | undefined;
}

export function createAvailable(
  publish: (availability: Availability) => void,
  clock: Pick<Clock, 'now'>,
): Available {
  let own: Availability | undefined;
  let trouble: ToldTrouble | undefined;
  let shown: Availability | undefined;

  /** `since`: when it began, if it is another state than before. */
  const show = (since: string) => {
    if (own === undefined) return;
    const next = withTrouble(own, trouble);
    shown = { ...next, since: next.state === shown?.state ? shown.since : since };
    publish(shown);
  };

  return {
    own(next) {
      own = next;
      show(next.since);
    },
    trouble(next) {
      if (next === trouble) return;
      trouble = next;
      show(new Date(clock.now()).toISOString());
    },
    shown: () => shown,
  };
}

/** A device that has a reason of its own keeps that. */
function withTrouble(own: Availability, trouble: ToldTrouble | undefined): Availability {
  if (trouble === undefined || own.state !== 'online') return own;
  const { reason, message } = trouble;
  return { ...own, state: 'degraded', reason, message };
}
