// An end of one's own that comes at the latest with another's: AbortSignal.any would stay with a signal that lives long.

export interface Ending {
  signal: AbortSignal;
  /** Ends it; the first reason counts. */
  end(reason?: unknown): void;
  /** Lets go of the other signal: to be called once there is nothing left to end. */
  unlink(): void;
}

/** Makes one that ends with `signal`, by that one's reason, or when it is told to. */
export function endWith(signal: AbortSignal): Ending {
  const own = new AbortController();
  const follow = () => own.abort(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow);
  return {
    signal: own.signal,
    end: reason => own.abort(reason),
    unlink: () => signal.removeEventListener('abort', follow),
  };
}

/** Resolves once the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
