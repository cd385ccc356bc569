// What cannot be read is counted, and logged at most once a minute with the number and the first reason.
import type { SourceContext } from './source.ts';

const PAUSE_MS = 60_000;

export interface Complaints {
  /** One document could not be read. */
  add(reason: string): void;
  /** Logs what is left and ends the timer. */
  stop(): void;
}

export function createComplaints({
  clock,
  log,
  count,
}: Pick<SourceContext, 'clock' | 'log' | 'count'>): Complaints {
  let documents = 0;
  let first = '';
  let cancel: (() => void) | undefined;

  const report = () => {
    cancel = undefined;
    if (documents === 0) return;
    log.warn({ documents, reason: first }, 'could not read what the device sent');
    documents = 0;
    cancel = clock.after(PAUSE_MS, report);
  };

  return {
    add(reason) {
      count('badDocuments');
      if (documents++ === 0) first = reason;
      if (cancel === undefined) report();
    },
    stop() {
      cancel?.();
      report();
      cancel?.();
    },
  };
}
