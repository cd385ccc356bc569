// A stream that stood still: the bridge was stopped, or did not read, or the network held it.
import type { Clock } from '../util/clock.ts';
import { type BridgeError, fail } from '../util/errors.ts';
import type { Moment } from '../util/moment.ts';

/** So long (ms) a device may be trusted to keep what it cannot send; its pings are answered more often. */
const LONGEST_MS = 30_000;

/** Why a stream on which an answer comes now has to be opened anew, where what was asked before that was at `last`. */
export function standstill(last: Moment, clock: Clock): BridgeError | undefined {
  const ms = clock.monotonic() - last.monotonic;
  if (ms <= LONGEST_MS) return undefined;
  return fail('STALLED', `it stood still for up to ${Math.round(ms / 1000)} s: events may be left out`);
}
