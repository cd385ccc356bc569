// A running bridge: parts for a configuration, other parts for a changed one where the old ones cannot go on.
import type { Config } from '../config/types.ts';
import { fail } from '../util/errors.ts';
import { type Parts, type PartsOptions, startParts } from './parts.ts';

export interface Bridge {
  /**
   * Applies a changed configuration; touches only what changed. Throws CONFIG or STORE where a port or `dataDir` cannot
   * be used: then the old configuration goes on; INTERNAL where that cannot be used any more either.
   */
  apply(config: Config): Promise<void>;
  /** Sources first, then what is queued for a few seconds, then `offline`. */
  stop(): Promise<void>;
}

/** Starts the bridge: the change from nothing. Throws STORE or CONFIG where `dataDir` or a port cannot be used. */
export async function startBridge(first: Config, options: PartsOptions): Promise<Bridge> {
  let running = await startParts(first, options);
  let config = first;
  return {
    async apply(next) {
      if (running.survives(next)) await running.apply(next);
      else running = await replace(next);
      config = next;
    },
    stop: () => running.stop(),
  };

  async function replace(next: Config): Promise<Parts> {
    checkMove(next);
    await running.stop();
    try {
      checkMove(next);
      return await startParts(next, options);
    } catch (error) {
      running = await startParts(config, options).catch((reason: Error) => {
        throw fail('INTERNAL', `the old configuration cannot be used any more: ${reason.message}`);
      });
      throw error;
    }
  }

  /** Throws CONFIG where the directory is another one and messages wait in the old one, which nobody would deliver. */
  function checkMove(next: Config): void {
    const { dataDir } = config.bridge;
    const queued = running.queued();
    if (next.bridge.dataDir === dataDir || queued === 0) return;
    const todo = 'change it when they are delivered, or stop the bridge and move the directory';
    throw fail('CONFIG', `bridge.dataDir: messages still wait in ${dataDir} (${queued}); ${todo}`);
  }
}
