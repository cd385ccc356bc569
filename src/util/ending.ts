// An end of one's own that comes at the latest with that of others: AbortSignal.any would stay with a signal that lives long.

export interface Ending {
  signal: AbortSignal;
  /** Ends it; the first reason counts. */
  end(reason?: unknown): void;
  /** Lets go of the other signals: to be called once there is nothing left to end. */
  unlink(): void;
}

/** Makes one that ends with the first of `signals`, by that one's reason, or when it is told to. */
export function endWith(...signals: (AbortSignal | undefined)[]): Ending {
  const own = new AbortController();
  const end = (reason?: unknown) => own.abort(reason);
  const links = signals.filter(signal => signal !== undefined).map(signal => link(signal, end));
  return {
    signal: own.signal,
    end,
    unlink() {
      for (const unlink of links) unlink();
    },
  };
}

function link(signal: AbortSignal, end: (reason: unknown) => void): () => void {
  const follow = () => end(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow);
  return () => signal.removeEventListener('abort', follow);
}

/** Resolves once the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Resolves with the work, or once the signal is aborted: what goes on then is waited for no longer. */
export async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const over = endWith(signal);
  try {
    await Promise.race([work, aborted(over.signal)]);
  } finally {
    over.unlink();
  }
}
