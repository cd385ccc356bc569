// Commands are taken at the brokers where, and as long as, a camera allows some.
import type { Received } from '../actions/commands.ts';
import type { Config } from '../config/types.ts';
import { createDeafness } from './deafness.ts';
import type { Foundation } from './foundation.ts';
import { createListeners } from './listeners.ts';

export interface CommandsPart {
  /** Takes up a configuration, once its brokers run. */
  apply(config: Config): void;
  stop(): void;
}

/** `take` gets what comes on `{base}/+/command/+`. */
export function createCommandsPart(
  { base, reader: readerOf, log }: Pick<Foundation, 'base' | 'reader' | 'log'>,
  take: (message: Received) => void,
): CommandsPart {
  const commands = `${base}/+/command/+`;
  const listeners = createListeners({
    readerOf,
    subscription: (broker, filter) => ({
      filters: [filter],
      once: true,
      onMessage: async message => take({ ...message, broker }),
      ...createDeafness(log, { commands: filter, broker }),
    }),
  });
  return {
    apply({ cameras, actions }) {
      const isAny = cameras.some(camera => camera.commands.length > 0);
      listeners.listen(isAny ? actions.brokers : [], commands);
    },
    stop: () => listeners.listen([], commands),
  };
}
