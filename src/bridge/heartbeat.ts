// Until when each device was heard, written down from time to time, so that the start after a crash can tell it.
import type { Foundation } from './foundation.ts';
import { repeat } from './repeat.ts';
import type { Parts } from './samples.ts';

/** How old (ms) what is written down may be. */
const EVERY_MS = 5_000;

export interface HeartbeatOptions extends Pick<Parts, 'cameras'>, Pick<Foundation, 'outbox' | 'clock'> {}

/** Starts it; returns its end. */
export function startHeartbeat({ cameras, outbox, clock }: HeartbeatOptions): () => void {
  return repeat(clock, EVERY_MS, () => {
    const notes = [...cameras.values()].flatMap(camera => camera.unsaved());
    if (notes.length > 0) void outbox.remember(notes);
  });
}
