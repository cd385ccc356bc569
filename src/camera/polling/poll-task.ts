// When one poll is due: every so often, slower while it fails, hourly where the device does not have it.
import type { Clock } from '../../util/clock.ts';
import type { BridgeError, ErrorCode } from '../../util/errors.ts';
import type { Log } from '../../util/log.ts';
import { createStreak } from '../../util/supervise.ts';
import type { Poll } from '../../vapix/poll.ts';
import { POLLS, type PollApi } from '../../vapix/polls.ts';
import { explain } from '../availability.ts';
import { createSchedule } from './schedule.ts';

export interface PollSpec {
  api: PollApi;
  /** Milliseconds. */
  every: number;
  publish: 'changes' | 'always';
}

export interface PollTask {
  readonly spec: PollSpec;
  readonly poll: Poll;
  /** When it is to run next, ms since the epoch. */
  due(): number;
  /** Whether it worked when it last ran. */
  works(): boolean;
  /** When it last worked, ms since the epoch; 0 where it never did. */
  workedAt(): number;
  /** It ran, from `startedAt` on. */
  succeeded(startedAt: number): void;
  /**
   * It ran and failed; gives until when no poll of the device may run, where that is so. `othersWorkedAt`: when one of
   * the others last worked.
   */
  failed(startedAt: number, error: BridgeError, othersWorkedAt: number): number | undefined;
  /** Puts it off. */
  pause(until: number): void;
}

export interface PollTaskOptions {
  spec: PollSpec;
  /** When it is to run first. */
  at: number;
  /** What was read of this device since the start of the bridge. */
  worked: Set<PollApi>;
  clock: Clock;
  log: Log;
}

const HOUR_MS = 3_600_000;
/** While it fails it runs twice as seldom each time, down to so many times, or hourly. */
const SLOWEST = 10;
/** Successes in a row after which a streak of failures is over. */
const STABLE = 3;
/** The device does not have it, or not for this account; of what worked before a device that starts says so too. */
const LACKING: readonly ErrorCode[] = ['NOT_FOUND', 'UNSUPPORTED', 'FORBIDDEN'];
/** What one poll is refused for, all are, as a rule: they wait, since devices lock accounts. */
const COMMON: readonly ErrorCode[] = ['AUTH', 'INSECURE', 'TLS', 'WRONG_DEVICE'];
const PAUSE_MS = 300_000;

export function createPollTask({ spec, at, worked, clock, log }: PollTaskOptions): PollTask {
  const { api, every } = spec;
  const schedule = createSchedule(clock, at);
  const report = createReport(api, clock, log);
  let failures = 0;
  let workedAt = 0;
  let refusedAt = Number.POSITIVE_INFINITY;

  const refuse = ({ retryAfter }: BridgeError, othersWorkedAt: number): number | undefined => {
    // A login that was right before is told when it may be tried again.
    const until = clock.monotonic() + (retryAfter === undefined ? PAUSE_MS : retryAfter * 1000);
    // After the others: where they work, it is this path alone that the device refuses.
    schedule.putOff(until + 1);
    const alone = othersWorkedAt > refusedAt;
    refusedAt = clock.monotonic();
    return alone ? undefined : until;
  };

  return {
    spec,
    poll: POLLS[api](),
    due: schedule.due,
    pause: schedule.putOff,
    works: () => workedAt > 0 && failures === 0,
    workedAt: () => workedAt,
    succeeded(startedAt) {
      failures = 0;
      workedAt = clock.monotonic();
      worked.add(api);
      refusedAt = Number.POSITIVE_INFINITY;
      schedule.plan(startedAt, every);
      report.up();
    },
    failed(startedAt, error, othersWorkedAt) {
      failures += 1;
      const isLacking = LACKING.includes(error.code) && !worked.has(api);
      schedule.plan(startedAt, isLacking ? Math.max(every, HOUR_MS) : intervalAfter(every, failures));
      schedule.putOff(clock.monotonic() + (error.retryAfter ?? 0) * 1000);
      const pausedUntil = COMMON.includes(error.code) ? refuse(error, othersWorkedAt) : undefined;
      report.down(error, schedule.due() - clock.monotonic());
      return pausedUntil;
    },
  };
}

/** What the log is told: the first failure of a streak, and its end. */
function createReport(api: PollApi, clock: Clock, log: Log) {
  const streak = createStreak(clock);
  let failing = false;
  let successes = 0;
  return {
    up(): void {
      successes += 1;
      const back = failing ? streak.recover() : undefined;
      failing = false;
      const up = back ?? (successes === STABLE ? streak.end() : undefined);
      if (up?.news)
        log.info({ api, attempts: up.attempts, downS: Math.round(up.downMs / 1000) }, 'read again');
    },
    down(error: BridgeError, waitMs: number): void {
      successes = 0;
      failing = true;
      const { news } = streak.fail(error.code);
      if (news) log.warn({ api, code: error.code, retryInS: Math.round(waitMs / 1000) }, explain(error));
    },
  };
}

function intervalAfter(every: number, failures: number): number {
  return Math.max(every, Math.min(every * Math.min(2 ** failures, SLOWEST), HOUR_MS));
}
