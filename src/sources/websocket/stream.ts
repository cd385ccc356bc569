// The messages of a WebSocket to emitted notifications, answers, and what of them cannot be read.
import { readStreamMessage, type StreamMessage } from '../../protocol/event-stream.ts';
import { findTopic } from '../../protocol/json-notification.ts';
import { type BridgeError, fail, wordsOf } from '../../util/errors.ts';
import { createEmitWindow } from '../emit-window.ts';
import { createNonsense } from '../nonsense.ts';
import type { SourceContext } from '../source.ts';
import { createTurns } from '../turns.ts';
import type { WebSocketConnection } from './connection.ts';

const ANSWER_MS = 10_000;
/** The largest message that is read, in bytes: a larger one is left out, such as a state that holds an image. */
const MAX_MESSAGE = 1024 * 1024;
/** What may be kept, in bytes, before the device answers: its states take a fraction of that. */
const MAX_EARLY = 8 * 1024 * 1024;
/** What a message takes at least, in bytes, however short it is. */
const MIN_KEPT = 512;

type Refusal = BridgeError | undefined;

export interface WebSocketStream {
  /** Sends a request and resolves with the refusal, undefined where the device does it. STALLED after 10 s. */
  ask(request: string): Promise<Refusal>;
  /** Lets the first notification go; those that came before wait for it. */
  start(): void;
  /** Hands on what was read and still waits. */
  finish(): void;
}

/** Listens to the connection from here on. */
export function createWebSocketStream(
  context: Pick<SourceContext, 'clock' | 'log' | 'caughtUp' | 'count' | 'unreadable' | 'emit' | 'raw'>,
  connection: WebSocketConnection,
): WebSocketStream {
  const { clock, caughtUp, count, unreadable, emit, raw } = context;
  const { pause, resume, end, ended } = connection;
  const window = createEmitWindow({ emit, caughtUp, full: pause, free: resume, failed: end });
  const nonsense = createNonsense(clock, end);
  const turns = createTurns(context, end);
  let answered: ((refusal: Refusal) => void) | undefined;
  let room = MAX_EARLY;

  const take = (message: StreamMessage) => {
    if ('event' in message) window.push(message.event);
    else if (answered !== undefined) answered(message.refusal);
    else {
      unreadable({ reason: `an answer to nothing: ${message.refusal?.message ?? 'done'}`, count: 0 });
      nonsense();
    }
  };

  const refuse = (bytes: Buffer, error: unknown) => {
    const topic = findTopic(bytes);
    const reason = wordsOf(error);
    unreadable({ reason, count: 1, ...(topic && { topic }) });
    nonsense();
  };

  const read = (bytes: Buffer) => {
    count('documents');
    if (bytes.length > MAX_MESSAGE)
      return refuse(bytes, `a message of ${bytes.length} bytes, ${MAX_MESSAGE} is the most that is read`);
    room -= Math.max(bytes.length, MIN_KEPT);
    if (room < 0) return end(fail('TOO_LARGE', 'it says too much and answers nothing'));
    raw?.(bytes);
    try {
      take(readStreamMessage(bytes));
    } catch (error) {
      refuse(bytes, error);
    }
  };

  connection.listen({
    message(bytes) {
      turns.begin();
      read(bytes);
      const ms = turns.rest(bytes.length);
      if (ms > 0) connection.rest(ms);
    },
    bytes: bytes => count('bytes', bytes),
    answered: window.answered,
  });

  return {
    ask: request =>
      new Promise((resolve, reject) => {
        const settled = () => {
          cancel();
          ended.removeEventListener('abort', over);
          answered = undefined;
        };
        const over = () => {
          settled();
          reject(ended.reason);
        };
        const cancel = clock.after(ANSWER_MS, () =>
          end(fail('STALLED', `no answer to its request within ${ANSWER_MS / 1000} s`)),
        );
        answered = refusal => {
          settled();
          resolve(refusal);
        };
        ended.addEventListener('abort', over);
        if (ended.aborted) over();
        else connection.send(request);
      }),
    start() {
      room = Number.POSITIVE_INFINITY;
      window.start();
    },
    finish: window.finish,
  };
}
