// That the bridge is alive, written down, so that the next start can tell until when this run was hearing.
import { ALIVE } from '../camera/hearing.ts';
import type { Foundation } from './foundation.ts';
import { repeat } from './repeat.ts';

/** How exactly (ms) the next start can tell it, should this run crash. */
const ALIVE_EVERY = 5_000;

export interface Heartbeat {
  /** Beats once more, for the last time; resolves when that is durable. */
  stop(): Promise<void>;
}

export function startHeartbeat({ outbox, clock }: Pick<Foundation, 'outbox' | 'clock'>): Heartbeat {
  const beat = () => outbox.remember([{ key: ALIVE, value: String(clock.now()) }]);
  const cancel = repeat(clock, ALIVE_EVERY, () => void beat());
  void beat();
  return {
    stop() {
      cancel();
      return beat();
    },
  };
}
