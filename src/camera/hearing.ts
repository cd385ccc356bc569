// Since when a device is, or is not, heard: what a gap is made of, kept over restarts.
import type { ErrorCode } from '../util/errors.ts';
import type { Gap, GapCause, Note, Notes } from './outlet.ts';

/** The note that says until when the bridge itself was certainly running (ms since the epoch). */
export const ALIVE = 'alive';
const HEARD = 'heard/';
/** What a device said within this time (ms) before it was no longer heard may still have been on its way. */
const ON_THE_WAY = 1_000;

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

/**
 * The notes that close what a run without a last word (a crash) left open: its devices were heard for as long as it
 * was alive. To be kept before this run says that it is alive.
 */
export function closeHearings(notes: Notes): Note[] {
  const alive = Number(notes.note(ALIVE)) || 0;
  return [...notes.notes(HEARD)].flatMap(({ key, value }) => {
    const heard = JSON.parse(value) as Heard;
    return heard.cause === undefined ? [noteOf(key, until(heard, alive, 'bridge'))] : [];
  });
}

/** Takes up what the notes say of a device: one that is known has a gap since it was last heard. */
export function createHearing(device: string, notes: Notes): Hearing {
  const key = HEARD + device;
  const note = notes.note(key);
  let heard = note === undefined ? undefined : (JSON.parse(note) as Heard);

  return {
    begin(now, bootId) {
      const gap = heard?.cause === undefined ? undefined : gapOf(heard, heard.cause, now, bootId);
      heard = { at: now, ...(bootId === undefined ? {} : { bootId }) };
      return { gap, notes: [noteOf(key, heard)] };
    },
    end(at, code) {
      if (heard === undefined || heard.cause !== undefined) return [];
      heard = until(heard, at, causeOf(code));
      return [noteOf(key, heard)];
    },
  };
}

function gapOf(heard: Heard, cause: GapCause, now: number, bootId: string | undefined): Gap {
  const rebooted = heard.bootId !== undefined && bootId !== undefined && heard.bootId !== bootId;
  const from = new Date(Math.min(heard.at, now)).toISOString();
  return { from, to: new Date(now).toISOString(), cause: rebooted ? 'reboot' : cause, events: 'unknown' };
}

function until(heard: Heard, at: number, cause: GapCause): Heard {
  return { ...heard, at: Math.max(heard.at, at - ON_THE_WAY), cause };
}

function noteOf(key: string, heard: Heard): Note {
  return { key, value: JSON.stringify(heard) };
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
