// A device's event budget: past it the changes of each state are merged, and pulses dropped (DESIGN promise 5).
import type { Clock } from '../../util/clock.ts';
import type { Log } from '../../util/log.ts';
import type { Outlet } from '../outlet.ts';
import { createBucket } from './bucket.ts';
import { createExcess } from './excess.ts';
import { createHeld } from './held.ts';

/** What is left of the budget is saved up for so many seconds. */
const BURST_S = 10;

export interface BudgetOptions {
  outlet: Outlet;
  /** Events a second in the long run; undefined: no limit. */
  budget: number | undefined;
  clock: Clock;
  log: Log;
}

/**
 * The way out within the budget. Only changes wait: what initializes or deletes a property always passes, behind what
 * waits of it. All that waits is published before anything else is said of the device: a gap, or its end.
 */
export function withinBudget({ outlet, budget, clock, log }: BudgetOptions): Outlet {
  if (budget === undefined) return outlet;
  const bucket = createBucket({ rate: budget, burst: budget * BURST_S, clock });
  const excess = createExcess({ clock, log });
  const count = (what: 'merged' | 'dropped') => {
    outlet.merged();
    excess.count(what);
  };
  const held = createHeld({ bucket, clock, publish: outlet.deliver, merged: () => count('merged') });
  const flush = () => {
    held.flush();
    excess.end();
  };

  return {
    ...outlet,
    deliver(delivery) {
      const { place, event } = delivery;
      // Before it takes the token that another waits for.
      held.release();
      if (event.operation === 'changed') {
        return !held.has(place) && bucket.take() ? outlet.deliver(delivery) : held.add(delivery);
      }
      if (event.kind === 'property') {
        held.letGo(place);
        return outlet.deliver(delivery);
      }
      if (bucket.take()) return outlet.deliver(delivery);
      count('dropped');
      return DONE;
    },
    gap(gap, notes) {
      flush();
      return outlet.gap(gap, notes);
    },
    remember(notes) {
      flush();
      return outlet.remember(notes);
    },
  };
}

const DONE = Promise.resolve();
