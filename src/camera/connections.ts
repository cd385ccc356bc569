// How many devices are connected to at a time: some of the process's file descriptors stay for the store, brokers and pages.
import type { Clock } from '../util/clock.ts';
import { type BridgeError, ERRORS, fail } from '../util/errors.ts';
import type { Log } from '../util/log.ts';

/** Descriptors for the process itself, the store, brokers, pages and files. */
const RESERVE = 48;
/** A stream, and a request beside it. */
const EACH = 2;
/** That there are too few is said again after this time (ms), for all devices together. */
const TELL_EVERY = 3_600_000;

export interface Connections {
  /** Counts one more; gives what to call at its end. Throws DESCRIPTORS where there is none left for it. */
  enter(): () => void;
  /** Says once for all that there are too few. */
  tell(log: Log, error: BridgeError): void;
}

/** `openFiles`: how many the process may have. */
export function createConnections({
  openFiles,
  clock,
}: {
  openFiles: number;
  clock: Pick<Clock, 'monotonic'>;
}): Connections {
  const max = Math.max(1, Math.floor((openFiles - RESERVE) / EACH));
  let open = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    enter() {
      if (open >= max)
        throw fail('DESCRIPTORS', `the limit of ${openFiles} open files leaves room for ${max} devices`);
      open += 1;
      return () => {
        open -= 1;
      };
    },
    tell(log, { code, message }) {
      if (clock.monotonic() - toldAt < TELL_EVERY) return;
      toldAt = clock.monotonic();
      log.warn({ code, hint: ERRORS[code].hint }, `devices cannot be connected to: ${message}`);
    },
  };
}
