// A device's share of the event loop: told when it floods, and left alone for a while when that goes on.
import { fail } from '../util/errors.ts';
import { FairShare } from '../util/fair-share.ts';
import type { SourceContext } from './source.ts';

/** `end` is called with FLOOD where it goes on for two minutes. */
export function createTurns(
  { clock, log }: Pick<SourceContext, 'clock' | 'log'>,
  end: (reason: unknown) => void,
): FairShare {
  return new FairShare({
    clock,
    onFlood: () => log.warn({}, FLOODED),
    onTooMuch: () => end(fail('FLOOD', 'what it sends takes most of the time of the bridge')),
  });
}

const FLOODED = 'it sends more than there is time for: it is read slowly, so that the others are not held up';
