// Hands messages to subscribers, a bounded number at once each, and holds up the reading for one that lags, but not for ever.
import type { Clock } from '../util/clock.ts';
import type { Inbound } from './types.ts';

/** The most messages that one subscriber holds open (DESIGN 4). */
const LIMIT = 64;
/** How long (ms) all the others wait for one: less than the pings' patience, so that the broker does not give us up. */
const PATIENCE_MS = 15_000;

export interface Intake {
  take(message: Inbound): void;
  /** Takes nothing more, and holds nothing up. */
  close(): void;
}

export interface Intakes {
  /** For one subscriber; `handle` resolves once it is done with the message, `lagging` is called when it never gets there. */
  add(handle: (message: Inbound) => Promise<void>, lagging: () => void): Intake;
  /** Resolves when there is room again; undefined where there is. */
  room(): Promise<void> | undefined;
}

export function createIntakes(clock: Clock): Intakes {
  const full = new Set<Intake>();
  let wake = () => {};
  return {
    add(handle, lagging) {
      let open = 0;
      let cancel = () => {};
      const empty = () => {
        cancel();
        if (full.delete(intake) && full.size === 0) wake();
      };
      const settled = () => {
        open -= 1;
        if (open < LIMIT) empty();
      };
      const intake: Intake = {
        take(message) {
          open += 1;
          handle(message).then(settled, settled);
          if (open < LIMIT || full.has(intake)) return;
          full.add(intake);
          cancel = clock.after(PATIENCE_MS, lagging);
        },
        close: empty,
      };
      return intake;
    },
    room() {
      if (full.size === 0) return undefined;
      return new Promise(resolve => {
        wake = resolve;
      });
    },
  };
}
