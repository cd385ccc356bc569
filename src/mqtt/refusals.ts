// Tells of refused messages: each kind at once the first time, then as a sum, so that a flood is a line a minute.
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';

const EVERY_MS = 60_000;
/** Characters of a topic that are shown. */
const SHOWN = 200;

export interface Refusals {
  add(topic: string, reason: string): void;
  /** Tells what is left to tell. */
  close(): void;
}

/** Reasons are a closed set, so the sums are bounded. */
export function createRefusals(log: Log, clock: Clock): Refusals {
  const sums = new Map<string, { count: number; topic: string }>();
  let cancel: (() => void) | undefined;
  const tell = () => {
    cancel = undefined;
    const untold = [...sums].filter(([, { count }]) => count > 0);
    for (const [reason, { count, topic }] of untold) {
      log.warn(
        { reason, count, topic },
        'messages refused by the broker and set aside; one topic of them is shown',
      );
      sums.set(reason, { count: 0, topic });
    }
    if (untold.length === 0) sums.clear();
    else cancel = clock.after(EVERY_MS, tell);
  };
  return {
    add(topic, reason) {
      const count = (sums.get(reason)?.count ?? 0) + 1;
      const isNew = !sums.has(reason);
      sums.set(reason, { count, topic: cut(topic) });
      if (!isNew) return;
      cancel?.();
      tell();
    },
    close() {
      cancel?.();
      tell();
      cancel?.();
    },
  };
}

function cut(topic: string): string {
  return topic.length <= SHOWN ? topic : `${topic.slice(0, SHOWN)}… (${topic.length} characters)`;
}
