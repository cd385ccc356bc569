// Pulls one answer after the other, no faster than the events are taken, and judges those that cannot be read.
import { isDeepStrictEqual } from 'node:util';
import type { OnvifClient } from '../../onvif/types.ts';
import { readOnvifFault } from '../../protocol/onvif-fault.ts';
import { type PullAnswer, readPullAnswerInSteps } from '../../protocol/pull-answer.ts';
import { type PullLimits, pullMessages, readLease, readPullLimits } from '../../protocol/pullpoint.ts';
import { sleep } from '../../util/clock.ts';
import { type BridgeError, type ErrorCode, fail, isBridgeError } from '../../util/errors.ts';
import { type Moment, momentOf } from '../../util/moment.ts';
import type { Steps } from '../../util/steps.ts';
import { createEmitWindow } from '../emit-window.ts';
import type { SourceContext } from '../source.ts';
import { standstill } from '../standstill.ts';
import { createTurns } from '../turns.ts';
import { createNews } from './news.ts';
import { type PullEnd, PullPatience, type Verdict } from './patience.ts';
import { gone, type PullSubscription } from './subscription.ts';

/** Silence has to be noticed within 30 s: a pull of 20 s, and 10 s for its answer. */
const LIMITS: PullLimits = { timeoutMs: 20_000, messages: 100 };
const ANSWER_MS = 10_000;
/** Between two pulls that gave nothing, so that a device which answers at once is not asked without end. */
const PAUSE_MS = 250;
/** The pause doubles with each answer in a row that makes no sense, up to so long (ms). */
const LONGEST_PAUSE_MS = 4000;
/** Answers in a row that make no sense: more, and the device will not come round. */
const MAX_BAD = 10;
/** Connections in a row that break while an answer is waited for. */
const MAX_BROKEN = 5;
/** Answers that cannot be read; and none, since the connection ended before it or within it. */
const UNREADABLE = new Set<ErrorCode>(['PROTOCOL', 'TOO_LARGE']);
const UNANSWERED = new Set<ErrorCode>(['CLOSED', 'STALLED']);

export interface PullLoopOptions {
  context: Pick<
    SourceContext,
    'clock' | 'log' | 'caughtUp' | 'count' | 'unreadable' | 'missed' | 'emit' | 'raw'
  >;
  onvif: OnvifClient;
  /** Ends it. */
  signal: AbortSignal;
  /** An emit was rejected. */
  end(reason: unknown): void;
}

export interface PullLoop {
  /** Pulls until the signal is aborted (resolves); rejects with the error that ends the subscription. */
  run(subscription: PullSubscription): Promise<void>;
  /** Hands on what was read and still waits. */
  finish(): void;
}

/** One pull: what was asked for, and when it began. */
interface Pull extends Moment {
  asked: PullLimits;
}

export function createPullLoop({ context, onvif, signal, end }: PullLoopOptions): PullLoop {
  const { clock, caughtUp, count, unreadable, missed, emit, raw } = context;
  const room = createRoom(signal);
  const window = createEmitWindow({ emit, caughtUp, full: room.close, free: room.open, failed: end });
  const isNews = createNews(clock);
  const patience = new PullPatience();
  const turns = createTurns(context, end);
  let limits = LIMITS;
  let bad = 0;
  let broken = 0;
  /** Told once a pull is answered: if the subscription ends before, that is the gap of its end. */
  let isLossUntold = false;
  /** While events come one connection serves all pulls; a server may end one on which nothing came. */
  let busy = false;
  /** Messages come one by one until none is left, since so many together were too large to be read. */
  let oneByOne = false;

  /** The text of the answer, or why there is none that can be read. */
  async function ask({ point, path }: PullSubscription, asked: PullLimits): Promise<string | BridgeError> {
    const call = {
      request: pullMessages(asked),
      point,
      path,
      ms: asked.timeoutMs + ANSWER_MS,
      alone: !busy,
      once: true,
      signal,
    };
    try {
      return (await onvif.call(call)).text;
    } catch (error) {
      if (signal.aborted || !isBridgeError(error)) throw error;
      if (UNREADABLE.has(error.code) || UNANSWERED.has(error.code)) return error;
      throw error.code === 'TIMEOUT' ? fail('STALLED', error.message) : gone(error);
    }
  }

  /** What the answer says, or why it cannot be read. */
  async function read(text: string): Promise<PullAnswer | BridgeError> {
    count('documents');
    count('bytes', Buffer.byteLength(text));
    raw?.(Buffer.from(text));
    try {
      return await turns.run(readPullAnswerInSteps(text), signal);
    } catch (error) {
      if (isBridgeError(error) && UNREADABLE.has(error.code)) return error;
      throw error;
    }
  }

  /** Hands on what came. A full answer, as one that only names limits, may leave more at the device. */
  function* take(answer: PullAnswer, pull: Pull, { lease }: PullSubscription): Steps<void> {
    const { body, notifications, unreadable: lost } = answer;
    const tightened = tighten(body);
    if (isLossUntold) missed();
    isLossUntold = false;
    bad = 0;
    if (notifications.length === 0) oneByOne = false;
    if (body !== undefined) lease.heard(readLease(body));
    for (const notification of notifications.filter(isNews)) {
      yield;
      window.push(notification);
    }
    for (const what of lost) unreadable(what);
    const isAll = !tightened && notifications.length + lost.length < pull.asked.messages;
    if (isAll && !patience.inDoubt) window.answered(pull);
  }

  /** Throws what a fault means, unless it only says how much may be asked for: then the next pull keeps to it. */
  function tighten(body: PullAnswer['body']): boolean {
    const fault = body && readOnvifFault(body, 'PullMessages');
    if (fault === undefined) return false;
    const tighter = fault.limits && readPullLimits(fault.limits, limits);
    if (tighter === undefined || isDeepStrictEqual(tighter, limits)) throw fault.error;
    limits = tighter;
    return true;
  }

  /** Of what is too large together the states are asked for again, one by one: then one alone is lost. */
  async function misread(error: BridgeError, { asked }: Pull, subscription: PullSubscription): Promise<void> {
    unreadable({ reason: error.message, ...(asked.messages === 1 && { count: 1 }) });
    bad += 1;
    if (bad === MAX_BAD)
      throw fail('PROTOCOL', `${MAX_BAD} bad answers in a row, the last: ${error.message}`);
    if (error.code !== 'TOO_LARGE' || asked.messages === 1) return;
    oneByOne = true;
    await subscription.synchronize();
  }

  /** No answer came: the states are asked for again where events may be lost. */
  async function unanswered(subscription: PullSubscription, error: BridgeError, verdict: Verdict) {
    if (verdict === 'usual') return;
    broken += 1;
    if (broken === MAX_BROKEN) throw error;
    await subscription.synchronize();
  }

  function limitsNow(): PullLimits {
    const { timeoutMs, messages } = limits;
    return { timeoutMs: patience.limit(timeoutMs), messages: oneByOne ? 1 : messages };
  }

  /** One pull. Throws what ends the subscription. */
  async function turn(subscription: PullSubscription): Promise<void> {
    const asked = limitsNow();
    const pull = { asked, ...momentOf(clock) };
    const said = await ask(subscription, asked);
    const at = clock.monotonic();
    const answer = isBridgeError(said) ? said : await read(said);
    const tookMs = at - pull.monotonic;
    const code = isBridgeError(answer) ? answer.code : undefined;
    const verdict = patience.judge({ askedMs: asked.timeoutMs, tookMs, at, end: endOf(code) });
    isLossUntold ||= verdict === 'lost';
    busy = !isBridgeError(answer) && answer.notifications.length > 0;
    if (isBridgeError(answer) && UNANSWERED.has(answer.code))
      return unanswered(subscription, answer, verdict);
    broken = 0;
    if (isBridgeError(answer)) await misread(answer, pull, subscription);
    else await turns.run(take(answer, pull, subscription), signal);
    const pauseMs = Math.min(PAUSE_MS * 2 ** bad, LONGEST_PAUSE_MS) - tookMs;
    if (!busy && pauseMs > 0) await sleep(clock, pauseMs, signal);
  }

  return {
    async run(subscription) {
      window.start();
      while (!signal.aborted) {
        await turn(subscription);
        const last = momentOf(clock);
        await room.free();
        if (standstill(last, clock) === undefined) continue;
        isLossUntold = true;
        await subscription.synchronize();
      }
    },
    finish: window.finish,
  };
}

function endOf(code: ErrorCode | undefined): PullEnd {
  if (code === undefined || UNREADABLE.has(code)) return 'answered';
  return code === 'STALLED' ? 'broken' : 'closed';
}

/** Whether more can be taken, as a promise; in the end there is always room. */
function createRoom(signal: AbortSignal): { close(): void; open(): void; free(): Promise<void> } {
  let open = () => {};
  let free = Promise.resolve();
  signal.addEventListener('abort', () => open());
  return {
    close() {
      if (signal.aborted) return;
      free = new Promise(resolve => {
        open = resolve;
      });
    },
    open: () => open(),
    free: () => free,
  };
}
