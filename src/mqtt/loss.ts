// Notices that a broker has lost what it retained, or is another server: then all states have to be said again.
import type { Connection } from './types.ts';

export interface LossWatch {
  /** On a connection before anything was published. */
  before(connection: Connection): Promise<void>;
  /** Once the bridge's own state was acknowledged, before anything else is published. */
  after(connection: Connection): Promise<void>;
}

/** Looks for the bridge's own state, on `topic`, which every broker retains that has ever taken it. */
export function createLossWatch(topic: string, onLost: () => void): LossWatch {
  // A broker that may retain nothing, or does not show it, can lose nothing that we would know of.
  let shown = false;
  let server: string | undefined;
  return {
    async before(connection) {
      const moved = server !== undefined && server !== connection.server;
      server = connection.server;
      const lost = shown && (await connection.keeps(topic)) === false;
      if (moved || lost) onLost();
    },
    async after(connection) {
      shown ||= connection.limits.retainAvailable && (await connection.keeps(topic)) === true;
    },
  };
}
