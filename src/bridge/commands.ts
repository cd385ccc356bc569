// Commands are taken at the brokers where, and as long as, a camera allows some.
import type { Received } from '../actions/commands.ts';
import type { Config } from '../config/types.ts';
import type { Reader } from '../mqtt/reader.ts';
import { createDeafness } from './deafness.ts';
import type { Foundation } from './foundation.ts';

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
  const listening = new Map<string, { reader: Reader; end: () => void }>();

  const listen = (brokers: readonly string[]) => {
    const wanted = new Map(brokers.map(broker => [broker, readerOf(broker)]));
    for (const [broker, { reader, end }] of listening) {
      if (wanted.get(broker) === reader) continue;
      end();
      listening.delete(broker);
    }
    for (const [broker, reader] of wanted) {
      if (listening.has(broker)) continue;
      const onMessage = async (message: Omit<Received, 'broker'>) => take({ ...message, broker });
      const told = createDeafness(log, { commands: `${base}/+/command/+`, broker });
      const end = reader.subscribe({ filters: [`${base}/+/command/+`], once: true, onMessage, ...told });
      listening.set(broker, { reader, end });
    }
  };

  return {
    apply({ cameras, actions }) {
      const isAny = cameras.some(({ commands }) => commands.length > 0);
      listen(isAny ? actions.brokers : []);
    },
    stop: () => listen([]),
  };
}
