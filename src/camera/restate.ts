// Has a device say all its states once more, over a second stream for a moment, while the first goes on: for a broker
// that has lost them.
import type { Notification } from '../event.ts';
import { identify } from '../normalize/identity.ts';
import type { Source, SourceContext } from '../sources/source.ts';
import { endWith } from '../util/ending.ts';

/** How long (ms) the second stream stays: a device says its states at once. */
const STAY_MS = 3_000;

export interface RestateOptions
  extends Pick<SourceContext, 'address' | 'include' | 'clock' | 'log' | 'signal'> {
  run: Source;
  /** Takes the first that is said of each property. */
  retell(notification: Notification): Promise<void>;
}

/** Resolves once they were said, or at the signal; rejects as the source does, such as with BUSY. */
export async function restate({ run, retell, signal, ...context }: RestateOptions): Promise<void> {
  const ending = endWith(signal);
  let cancel = () => {};
  const told = new Set<string>();
  try {
    await run({
      ...context,
      signal: ending.signal,
      opened() {
        cancel = context.clock.after(STAY_MS, ending.end);
      },
      async emit(notification) {
        const { place } = identify(notification);
        if (told.has(place)) return;
        told.add(place);
        await retell(notification);
      },
      caughtUp: () => undefined,
      count: () => undefined,
      unreadable: () => undefined,
      missed: () => undefined,
    });
  } finally {
    cancel();
    ending.unlink();
  }
}
