// Whether a device can be heard in some way: opens the stream, and closes it again.
import { endWith } from '../util/ending.ts';
import { fail } from '../util/errors.ts';
import type { OpenDetail, Source, SourceContext } from './source.ts';

export type TrialOptions = Pick<SourceContext, 'address' | 'include' | 'clock' | 'log' | 'signal'>;

/** Resolves once the stream was open and is closed; rejects as the source does, or with the signal's reason. */
export async function tryOut(source: Source, options: TrialOptions): Promise<OpenDetail> {
  const { signal } = options;
  const ending = endWith(signal);
  let detail: OpenDetail | undefined;
  try {
    await source({
      ...options,
      signal: ending.signal,
      opened(said) {
        detail = said;
        ending.end();
      },
      emit: async () => undefined,
      caughtUp: () => undefined,
      count: () => undefined,
      unreadable: () => undefined,
      missed: () => undefined,
    });
  } finally {
    ending.unlink();
  }
  signal.throwIfAborted();
  if (detail === undefined)
    throw fail('CLOSED', `${options.address.host}: the stream ended before it was open`);
  return detail;
}
