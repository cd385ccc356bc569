// Since when a device is, or is not, heard: what a gap is made of, kept over restarts.
import type { ErrorCode } from '../util/errors.ts';
import type { Gap, GapCause, Note, Notes } from './outlet.ts';

/** The note that says until when the bridge itself was certainly running (ms since the epoch). */
export const ALIVE = 'alive';

interface Heard {
  /** Ms since the epoch: the last moment at which it was certainly heard; while it is heard, when that began. */
  at: number;
  /** Why it is not heard; absent while it is. */
  cause?: GapCause;
  bootId?: string;
}

export interface Hearing {
  /** It is heard again: the gap that this ends, if it was heard before, and the notes to keep with it. */
  begin(now: number, bootId: string | undefined): { gap: Gap | undefined; notes: Note[] };
  /** It is no longer heard, and was last at `at`. */
  end(at: number, code: ErrorCode | 'BRIDGE'): Note[];
}

/** Takes up what the notes say: a device that was heard when the bridge last ran has a gap since that run's end. */
export function createHearing(device: string, notes: Notes): Hearing {
  const key = `heard/${device}`;
  let heard = decode(notes.note(key), Number(notes.note(ALIVE)));
  const keep = (): Note[] => [{ key, value: JSON.stringify(heard) }];

  return {
    begin(now, bootId) {
      const gap = heard?.cause === undefined ? undefined : gapOf(heard, heard.cause, now, bootId);
      heard = { at: now, ...(bootId === undefined ? {} : { bootId }) };
      return { gap, notes: keep() };
    },
    end(at, code) {
      if (heard === undefined || heard.cause !== undefined) return [];
      heard = { ...heard, at, cause: causeOf(code) };
      return keep();
    },
  };
}

function gapOf(heard: Heard, cause: GapCause, now: number, bootId: string | undefined): Gap {
  const rebooted = heard.bootId !== undefined && bootId !== undefined && heard.bootId !== bootId;
  const from = new Date(Math.min(heard.at, now)).toISOString();
  return { from, to: new Date(now).toISOString(), cause: rebooted ? 'reboot' : cause, events: 'unknown' };
}

/** A note without a cause is of a run that ended without saying so: the device was heard as long as that ran. */
function decode(text: string | undefined, alive: number): Heard | undefined {
  if (text === undefined) return undefined;
  const heard = JSON.parse(text) as Heard;
  if (heard.cause !== undefined) return heard;
  return { ...heard, at: Math.max(heard.at, alive || 0), cause: 'bridge' };
}

const CAUSES: Partial<Record<ErrorCode | 'BRIDGE', GapCause>> = {
  BRIDGE: 'bridge',
  INTERNAL: 'bridge',
  STALLED: 'stalled',
  AUTH: 'auth',
  FORBIDDEN: 'auth',
  INSECURE: 'auth',
};

function causeOf(code: ErrorCode | 'BRIDGE'): GapCause {
  return CAUSES[code] ?? 'network';
}
