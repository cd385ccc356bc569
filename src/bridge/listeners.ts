// One subscription at each of some brokers, of which there may be more or fewer after a change.
import type { Reader } from '../mqtt/reader.ts';
import type { Subscription } from '../mqtt/reading-connection.ts';

export interface ListenersOptions {
  /** Throws CONFIG where there is no such broker. */
  readerOf(broker: string): Reader;
  /** What is to be heard there, of `filter`. */
  subscription(broker: string, filter: string): Subscription;
}

export interface Listeners {
  /** Listens at those brokers, and no longer at others; what is heard already is left alone. */
  listen(brokers: readonly string[], filter: string): void;
}

export function createListeners({ readerOf, subscription }: ListenersOptions): Listeners {
  const heard = new Map<string, { reader: Reader; filter: string; end: () => void }>();
  return {
    listen(brokers, filter) {
      const wanted = new Map(brokers.map(broker => [broker, readerOf(broker)]));
      for (const [broker, { reader, filter: old, end }] of heard) {
        if (wanted.get(broker) === reader && old === filter) continue;
        end();
        heard.delete(broker);
      }
      for (const [broker, reader] of wanted) {
        if (heard.has(broker)) continue;
        const end = reader.subscribe(subscription(broker, filter));
        heard.set(broker, { reader, filter, end });
      }
    },
  };
}
