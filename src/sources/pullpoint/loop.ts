// Pulls one answer after the other, no faster than the events are taken, and judges those that cannot be read.
import { isDeepStrictEqual } from 'node:util';
import { readOnvifFault } from '../../protocol/onvif-fault.ts';
import { type PullAnswer, readPullAnswer } from '../../protocol/pull-answer.ts';
import { type PullLimits, pullMessages, readLease, readPullLimits } from '../../protocol/pullpoint.ts';
import { sleep } from '../../util/clock.ts';
import { type BridgeError, type ErrorCode, fail, isBridgeError } from '../../util/errors.ts';
import { type Moment, momentOf } from '../../util/moment.ts';
import { createEmitWindow } from '../emit-window.ts';
import type { SourceContext } from '../source.ts';
import { createNews } from './news.ts';
import type { OnvifServices } from './services.ts';
import { gone, type PullSubscription } from './subscription.ts';

/** Silence has to be noticed within 30 s: a pull of 20 s, and 10 s for its answer. */
const LIMITS: PullLimits = { timeoutMs: 20_000, messages: 100 };
const ANSWER_MS = 10_000;
/** Between two pulls that gave nothing, so that a device which answers at once is not asked without end. */
const PAUSE_MS = 250;
/** Answers in a row that make no sense: more, and the device will not come round. */
const MAX_BAD = 10;
const UNREADABLE = new Set<ErrorCode>(['PROTOCOL', 'TOO_LARGE', 'CLOSED']);

export interface PullLoopOptions {
  context: Pick<SourceContext, 'clock' | 'caughtUp' | 'count' | 'unreadable' | 'emit' | 'raw'>;
  services: OnvifServices;
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

export function createPullLoop({ context, services, signal, end }: PullLoopOptions): PullLoop {
  const { clock, caughtUp, count, unreadable, emit, raw } = context;
  const room = createRoom(signal);
  const window = createEmitWindow({ emit, caughtUp, full: room.close, free: room.open, failed: end });
  const isNews = createNews(clock);
  let limits = LIMITS;
  let bad = 0;

  /** How many notifications came, or why the answer cannot be read. */
  async function pull({ point, lease }: PullSubscription): Promise<number | BridgeError> {
    const ms = limits.timeoutMs + ANSWER_MS;
    const [moment, asked] = [momentOf(clock), limits];
    let answer: PullAnswer;
    try {
      const { text } = await services.call({ request: pullMessages(limits), point, ms, signal });
      count('documents');
      count('bytes', Buffer.byteLength(text));
      raw?.(Buffer.from(text));
      answer = readPullAnswer(text);
    } catch (error) {
      if (isBridgeError(error) && UNREADABLE.has(error.code) && !signal.aborted) return error;
      throw isBridgeError(error) && error.code === 'TIMEOUT' ? fail('STALLED', error.message) : gone(error);
    }
    refusal(answer);
    if (answer.body !== undefined) lease.heard(readLease(answer.body));
    return take(answer, asked, moment);
  }

  /** Hands on what came. A full answer, as one that names other limits, may leave more at the device. */
  function take({ notifications }: PullAnswer, asked: PullLimits, moment: Moment): number {
    for (const notification of notifications.filter(isNews)) window.push(notification);
    if (limits === asked && notifications.length < asked.messages) window.answered(moment);
    return notifications.length;
  }

  /** Throws what a fault means, unless it only says how much may be asked for: then the next pull keeps to it. */
  function refusal({ body }: PullAnswer): void {
    const fault = body && readOnvifFault(body, 'PullMessages');
    if (fault === undefined) return;
    const tighter = fault.limits && readPullLimits(fault.limits, limits);
    if (tighter === undefined || isDeepStrictEqual(tighter, limits)) throw fault.error;
    limits = tighter;
  }

  /** Throws what ends the subscription. */
  function tolerate(error: BridgeError, elapsed: number): void {
    if (error.code === 'CLOSED') {
      // Some servers end an empty pull by closing the connection (PROTOCOLS 3.5).
      if (elapsed >= limits.timeoutMs / 2) return;
      throw error;
    }
    unreadable({ reason: error.message });
    bad += 1;
    if (bad === MAX_BAD)
      throw fail('PROTOCOL', `${MAX_BAD} bad answers in a row, the last: ${error.message}`);
  }

  return {
    async run(subscription) {
      window.start();
      while (!signal.aborted) {
        const started = clock.now();
        const outcome = await pull(subscription);
        const elapsed = clock.now() - started;
        if (typeof outcome !== 'number') tolerate(outcome, elapsed);
        else bad = 0;
        if (outcome === 0) await sleep(clock, Math.max(0, PAUSE_MS - elapsed), signal);
        await room.free();
      }
    },
    finish: window.finish,
  };
}

/** Whether more can be taken, as a promise; in the end there is always room. */
function createRoom(signal: AbortSignal): { close(): void; open(): void; free(): Promise<void> } {
  let open = () => {};
  let free = Promise.resolve();
  signal.addEventListener('abort', () => open());
  return {
    close() {
      free = new Promise(resolve => {
        open = resolve;
      });
    },
    open: () => open(),
    free: () => free,
  };
}
