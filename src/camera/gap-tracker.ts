// Until when a device was heard, kept over restarts: what a gap is made of.
import type { ErrorCode } from '../util/errors.ts';
import { elapsed, type Moment } from '../util/moment.ts';
import type { Gap, GapCause, Note, Notes } from './outlet.ts';

const KEY = 'heard/';

/** As it is kept. */
interface Kept {
  /** The last moment (ms since the epoch, and by the monotonic clock) by which all that it had said was durable. */
  at: number;
  monotonic?: number;
  /** The device's own time in the last event before. */
  lastTime?: string | undefined;
  /** Why it is not heard; absent while it is, and after a crash. */
  cause?: GapCause;
  bootId?: string | undefined;
}

export interface Begin {
  /** All that it says from then on comes over the new stream. */
  since: Moment;
  now: Moment;
  bootId: string | undefined;
}

export class GapTracker {
  readonly #key: string;
  #kept: Kept | undefined;
  /** Whether a stream is up. */
  #isUp = false;
  #isSaved = true;

  /** Takes up what the notes say of the device: one that is known has a gap since it was last heard. */
  constructor(device: string, notes: Notes) {
    this.#key = KEY + device;
    const note = notes.note(this.#key);
    this.#kept = note === undefined ? undefined : JSON.parse(note);
  }

  /** It is heard again: the gap that this ends, if it was heard before, and the notes to keep with it. */
  begin({ since, now, bootId }: Begin): { gap: Gap | undefined; notes: Note[] } {
    const before = this.#kept;
    const gap = before === undefined || this.#isUp ? undefined : gapOf(before, now, bootId);
    const { time: at, monotonic } = since;
    this.#kept = { at, monotonic, lastTime: before?.lastTime, bootId };
    this.#isUp = true;
    return { gap, notes: this.#notes() };
  }

  /** All that it had said by then is durable; `lastTime` is its own time in the last event before. */
  caughtUp({ time, monotonic }: Moment, lastTime: string | undefined): void {
    const last = this.#kept;
    // Before the gap is told, and from a stream that has ended, it is too early and too late.
    if (last === undefined || !this.#isUp || monotonic <= (last.monotonic ?? 0)) return;
    this.#kept = { ...last, at: time, monotonic, lastTime: lastTime ?? last.lastTime };
    this.#isSaved = false;
  }

  /** What it said since then may be lost, though its stream goes on; undefined where no stream is up. */
  missed(now: Moment): { gap: Gap; notes: Note[] } | undefined {
    if (this.#kept === undefined || !this.#isUp) return undefined;
    const gap = gapOf({ ...this.#kept, cause: 'network' }, now, undefined);
    this.#kept = { ...this.#kept, at: now.time, monotonic: now.monotonic };
    return { gap, notes: this.#notes() };
  }

  /** It is no longer heard. */
  end(code: ErrorCode | 'BRIDGE'): Note[] {
    if (this.#kept === undefined || !this.#isUp) return [];
    this.#isUp = false;
    this.#kept = { ...this.#kept, cause: causeOf(code) };
    return this.#notes();
  }

  /** What has changed since it was last kept, for a start after a crash. */
  unsaved(): Note[] {
    return this.#isSaved ? [] : this.#notes();
  }

  #notes(): Note[] {
    this.#isSaved = true;
    return [{ key: this.#key, value: JSON.stringify(this.#kept) }];
  }
}

/** From the last moment until now, by every clock that they were told by: one that was set in between tells two times. */
function gapOf(last: Kept, now: Moment, bootId: string | undefined): Gap {
  const { at, monotonic, lastTime, cause = 'bridge' } = last;
  const passed = monotonic === undefined ? 0 : elapsed({ time: at, monotonic }, now);
  const rebooted = last.bootId !== undefined && bootId !== undefined && last.bootId !== bootId;
  return {
    from: iso(Math.min(at, now.time - passed)),
    to: iso(Math.max(now.time, at + passed)),
    cause: rebooted ? 'reboot' : cause,
    events: 'unknown',
    lastTime,
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

const CAUSES: Partial<Record<ErrorCode | 'BRIDGE', GapCause>> = {
  BRIDGE: 'bridge',
  INTERNAL: 'bridge',
  DESCRIPTORS: 'bridge',
  STORE: 'bridge',
  STALLED: 'stalled',
  AUTH: 'auth',
  FORBIDDEN: 'auth',
  INSECURE: 'auth',
};

function causeOf(code: ErrorCode | 'BRIDGE'): GapCause {
  return CAUSES[code] ?? 'network';
}
