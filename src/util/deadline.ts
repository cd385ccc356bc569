// One end for a task out of several: its own time, and the signals of those who started it.
import { type Clock, systemClock } from './clock.ts';
import { endWith } from './ending.ts';
import { fail } from './errors.ts';

export interface DeadlineOptions {
  /** Milliseconds. */
  ms: number;
  signals: readonly (AbortSignal | undefined)[];
  /** For the error: who did not answer. */
  who: string;
  clock?: Clock;
}

/**
 * Runs `task` with a signal that is aborted when time is up or one of `signals` is. The task must end then;
 * the result is TIMEOUT, or that signal's reason. Leaves no timer and no listener.
 */
export async function withDeadline<T>(
  { ms, signals, who, clock = systemClock }: DeadlineOptions,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, end, unlink } = endWith(...signals);
  const cancel = clock.after(ms, () => end(fail('TIMEOUT', `${who}: no answer within ${ms / 1000} s`)));
  try {
    signal.throwIfAborted();
    return await task(signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    cancel();
    unlink();
  }
}
