// Whether a stream whose pings are answered is dead otherwise: its reports came regularly, and now nothing comes at all.
import type { Clock } from '../../util/clock.ts';
import { fail } from '../../util/errors.ts';

/** Pauses between reports by which their rhythm is known, the last ones; and the longest (ms) that is one (RFC 3550 §6.2: about 5 s). */
const PAUSES_MIN = 3;
const PAUSES_MAX = 8;
const RHYTHM_MAX = 30_000;
/** Silence is a dead stream after so many of the longest pauses, and so long (ms) at least. */
const PAUSES = 4;
const SILENCE_MIN = 60_000;

export interface Silence {
  /** A frame came; `report`: of RTCP. */
  frame(report: boolean): void;
  /**
   * To be called where all that was sent until now is read: whether the stream is as alive as it was. Throws STALLED
   * where nothing came for too long.
   */
  isAlive(): boolean;
}

/** Events may be rare: a device that sends no reports, or not regularly, is never too silent. */
export function createSilence(clock: Clock): Silence {
  let frames = 0;
  let seen = 0;
  /** When it was seen last (ms, monotonic) that something had come. */
  let since = clock.monotonic();
  let reportedAt: number | undefined;
  const pauses: number[] = [];

  const report = () => {
    const now = clock.monotonic();
    if (reportedAt !== undefined) pauses.push(now - reportedAt);
    if (pauses.length > PAUSES_MAX) pauses.shift();
    reportedAt = now;
  };

  return {
    frame(isReport) {
      frames += 1;
      if (isReport) report();
    },
    isAlive() {
      const now = clock.monotonic();
      if (frames !== seen) {
        seen = frames;
        since = now;
        return true;
      }
      const silent = now - since;
      const longest = Math.max(...pauses);
      if (pauses.length < PAUSES_MIN || longest > RHYTHM_MAX) return true;
      if (silent < Math.max(SILENCE_MIN, PAUSES * longest)) return silent <= longest;
      const text = `its pings are answered, and neither RTP nor RTCP came for ${Math.round(silent / 1000)} s`;
      throw fail('STALLED', text);
    },
  };
}
