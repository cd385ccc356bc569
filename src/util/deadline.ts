// One end for a task out of several: its own time, and the signals of those who started it.
import { type Clock, systemClock } from './clock.ts';
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
  const end = new AbortController();
  const late = () => end.abort(fail('TIMEOUT', `${who}: no answer within ${ms / 1000} s`));
  const cancel = clock.after(ms, late);
  const links = signals.filter(signal => signal !== undefined).map(signal => link(signal, end));
  try {
    end.signal.throwIfAborted();
    return await task(end.signal);
  } catch (error) {
    throw end.signal.aborted ? end.signal.reason : error;
  } finally {
    cancel();
    for (const unlink of links) unlink();
  }
}

function link(signal: AbortSignal, end: AbortController): () => void {
  const abort = () => end.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  return () => signal.removeEventListener('abort', abort);
}
