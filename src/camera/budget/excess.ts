// What a device sends past its budget, told once when that begins and summed up once when it is over.
import type { Clock } from '../../util/clock.ts';
import type { Log } from '../../util/log.ts';

/** Without any excess for so long (ms), it is over. */
const QUIET = 10_000;

export interface Excess {
  count(what: 'merged' | 'dropped'): void;
  /** Nothing more comes: sums up what there was. Leaves no timer. */
  end(): void;
}

export function createExcess({ clock, log }: { clock: Clock; log: Log }): Excess {
  let sums = { merged: 0, dropped: 0 };
  let calm = false;
  let cancel: (() => void) | undefined;

  const watch = () => {
    cancel = clock.after(QUIET, () => {
      if (calm) return end();
      calm = true;
      watch();
    });
  };

  const end = () => {
    if (cancel === undefined) return;
    cancel();
    cancel = undefined;
    log.info(sums, 'no longer past its event budget; so many states were merged and pulses dropped');
    sums = { merged: 0, dropped: 0 };
  };

  return {
    count(what) {
      sums[what] += 1;
      calm = false;
      if (cancel !== undefined) return;
      log.warn({}, 'it sends more than its event budget: states are merged, pulses dropped');
      watch();
    },
    end,
  };
}
