// The time by which the queue's entries age: near the time of day, but no correction of that moves it, so that none expires
// for a step of the clock. Kept with the queue, so that it goes on where an earlier run left it.
import { readFileSync } from 'node:fs';
import type { Clock } from '../util/clock.ts';

/** The present start of the machine, by which two runs can tell how long was between them whatever the time of day says. */
export interface Boot {
  id: string;
  /** Ms since then. */
  uptime(): number;
}

export interface SteadyTime {
  /** Ms. */
  now(): number;
  /** What the next run has to know, where that is due to be kept. */
  due(): string | undefined;
}

export interface SteadyTimeOptions {
  clock: Pick<Clock, 'now' | 'monotonic'>;
  /** What an earlier run kept. */
  kept: string | undefined;
  boot: Boot | undefined;
}

interface Kept {
  /** When it was kept, by the steady time. */
  at: number;
  /** By how much that was ahead of the time of day. */
  ahead: number;
  boot?: string;
  /** The steady time at the start of the machine. */
  booted?: number;
}

/** How often (ms) it is kept, and after how large a step (ms) at once. */
const KEEP_EVERY = 10_000;
const STEP = 1000;

/**
 * Between two runs it goes on by the machine's uptime; over a restart of the machine by the time of day, which is all that is
 * known then, and never back.
 */
export function createSteadyTime({ clock, kept, boot }: SteadyTimeOptions): SteadyTime {
  const start = kept === undefined ? clock.now() : goOn(JSON.parse(kept), { clock, boot });
  const origin = start - clock.monotonic();
  const now = () => origin + clock.monotonic();
  let keptAt = Number.NEGATIVE_INFINITY;
  let keptAhead = 0;
  return {
    now,
    due() {
      const at = now();
      const ahead = at - clock.now();
      if (at - keptAt < KEEP_EVERY && Math.abs(ahead - keptAhead) < STEP) return undefined;
      keptAt = at;
      keptAhead = ahead;
      const since = boot && { boot: boot.id, booted: at - boot.uptime() };
      return JSON.stringify({ at, ahead, ...since } satisfies Kept);
    },
  };
}

function goOn(kept: Kept, { clock, boot }: Pick<SteadyTimeOptions, 'clock' | 'boot'>): number {
  const isSameBoot = boot !== undefined && boot.id === kept.boot && kept.booted !== undefined;
  const wanted = isSameBoot ? (kept.booted ?? 0) + boot.uptime() : clock.now() + kept.ahead;
  return Math.max(kept.at, wanted);
}

/** Undefined where the system does not tell it. */
export function thisBoot(): Boot | undefined {
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const uptime = () => Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000;
    return uptime() > 0 ? { id, uptime } : undefined;
  } catch {
    return undefined;
  }
}
