// Lets so many tasks run at a time; the others wait in line.

export type Gate = <T>(task: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/** A gate of that width. A task whose signal is aborted while it waits is not run; it rejects with the reason. */
export function createGate(width: number): Gate {
  let running = 0;
  const line = new Set<() => void>();

  function enter(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const admit = () => {
        running += 1;
        line.delete(admit);
        signal.removeEventListener('abort', turnAway);
        resolve();
      };
      const turnAway = () => {
        line.delete(admit);
        reject(signal.reason);
      };
      if (signal.aborted) return turnAway();
      if (running < width) return admit();
      line.add(admit);
      signal.addEventListener('abort', turnAway, { once: true });
    });
  }
  function leave(): void {
    running -= 1;
    for (const admit of [...line].slice(0, 1)) admit();
  }
  return async (task, signal) => {
    await enter(signal);
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
