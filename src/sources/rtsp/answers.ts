// The requests of one RTSP connection that wait for their answers, and how long they do.
import { header, type RtspResponse } from '../../protocol/rtsp.ts';
import type { Clock } from '../../util/clock.ts';
import { fail } from '../../util/errors.ts';

const ANSWER_MS = 10_000;

export interface RtspAnswersOptions {
  clock: Clock;
  /** For errors. */
  who: string;
  /** Whether a late answer is no sign of a dead link; it is then waited for as long again. */
  excused(): boolean;
}

export interface RtspAnswers {
  /** Resolves with the answer to the request of that CSeq; rejects with STALLED after 10 s. */
  expect(cseq: number, method: string): Promise<RtspResponse>;
  take(response: RtspResponse): void;
  /** Rejects all that wait. */
  abandon(reason: unknown): void;
}

interface Waiting {
  resolve(response: RtspResponse): void;
  reject(reason: unknown): void;
  cancel(): void;
}

export function createRtspAnswers({ clock, who, excused }: RtspAnswersOptions): RtspAnswers {
  const waiting = new Map<number, Waiting>();
  return {
    expect: (cseq, method) =>
      new Promise((resolve, reject) => {
        const late = () => {
          if (excused()) {
            waiter.cancel = clock.after(ANSWER_MS, late);
            return;
          }
          waiting.delete(cseq);
          reject(fail('STALLED', `${who}: no answer to ${method} within ${ANSWER_MS / 1000} s`));
        };
        const waiter: Waiting = { resolve, reject, cancel: clock.after(ANSWER_MS, late) };
        waiting.set(cseq, waiter);
      }),
    take(response) {
      if (response.status < 200) return;
      const cseq = answeredBy(response, waiting);
      const waiter = waiting.get(cseq);
      waiting.delete(cseq);
      waiter?.cancel();
      waiter?.resolve(response);
    },
    abandon(reason) {
      for (const waiter of waiting.values()) {
        waiter.cancel();
        waiter.reject(reason);
      }
      waiting.clear();
    },
  };
}

/** The request that a response answers: by its CSeq, or the oldest where it says none. */
function answeredBy(response: RtspResponse, waiting: ReadonlyMap<number, unknown>): number {
  const [first = -1] = waiting.keys();
  return Number(header(response, 'CSeq') ?? first);
}
