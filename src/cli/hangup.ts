// SIGHUP, which would end the process: daemons take it as the wish to read the configuration again.

export interface Hangup {
  /** Calls back at each SIGHUP, and at once for one that came before; returns the end of that. */
  onSignal(callback: () => void): () => void;
  release(): void;
}

/** Catches the signal until `release`. */
export function catchHangup(): Hangup {
  let pending = false;
  let callback = () => {
    pending = true;
  };
  const caught = () => callback();
  process.on('SIGHUP', caught);
  return {
    onSignal(next) {
      callback = next;
      if (pending) next();
      return () => {
        callback = () => {};
      };
    },
    release: () => void process.off('SIGHUP', caught),
  };
}
