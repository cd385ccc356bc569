// One end for a task out of several: its own time, and the signals of those who started it.
import { fail } from './errors.ts';

export interface DeadlineOptions {
  /** Milliseconds. */
  ms: number;
  signals: readonly (AbortSignal | undefined)[];
  /** For the error: who did not answer. */
  who: string;
}

/**
 * Runs `task` with a signal that is aborted when time is up or one of `signals` is. The task must end then;
 * the result is TIMEOUT, or that signal's reason. Leaves no timer and no listener.
 */
export async function withDeadline<T>(
  { ms, signals, who }: DeadlineOptions,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(fail('TIMEOUT', `${who}: no answer within ${ms / 1000} s`)), ms);
  const links = signals.filter(signal => signal !== undefined).map(signal => link(signal, end));
  try {
    end.signal.throwIfAborted();
    return await task(end.signal);
  } catch (error) {
    throw end.signal.aborted ? end.signal.reason : error;
  } finally {
    clearTimeout(timer);
    for (const unlink of links) unlink();
  }
}

function link(signal: AbortSignal, end: AbortController): () => void {
  const abort = () => end.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  return () => signal.removeEventListener('abort', abort);
}
