// Hands notifications on in order, a bounded number at once, and says when to stop and to go on reading.
import type { Notification } from '../event.ts';
import type { Moment } from '../util/moment.ts';
import { CatchUp } from './catch-up.ts';
import type { SourceContext } from './source.ts';

/** The most emits that a source holds open (DESIGN 4). */
const LIMIT = 64;

export interface EmitWindowOptions extends Pick<SourceContext, 'emit' | 'caughtUp'> {
  /** No more, please, until `free`. What is pushed all the same waits. */
  full(): void;
  free(): void;
  /** An emit was rejected. */
  failed(error: unknown): void;
}

export interface EmitWindow {
  push(notification: Notification): void;
  /** The device has answered what it was asked at that moment: it is caught up once all that was pushed is durable. */
  answered(asked: Moment): void;
  /** Lets the first one go; until then all wait. */
  start(): void;
  /** Lets all go that still waits: it was read, and no more comes. */
  finish(): void;
}

export function createEmitWindow({ emit, caughtUp, full, free, failed }: EmitWindowOptions): EmitWindow {
  const waiting: (Notification | Moment)[] = [];
  let started = false;
  let open = 0;
  let isFull = false;

  const settled = () => {
    open--;
    fill();
  };

  const rejected = (error: unknown) => {
    settled();
    failed(error);
  };

  const catchUp = new CatchUp({ caughtUp, settled });

  const fill = () => {
    while (open < LIMIT && waiting.length > 0) send(waiting.shift());
    if (open >= LIMIT === isFull) return;
    isFull = !isFull;
    if (isFull) full();
    else free();
  };

  const send = (next: Notification | Moment | undefined) => {
    if (next === undefined) return;
    if ('monotonic' in next) return catchUp.answered(next);
    open++;
    catchUp.said(next.time);
    emit(next).then(catchUp.open(), rejected);
  };

  const add = (next: Notification | Moment) => {
    waiting.push(next);
    if (started) fill();
  };

  return {
    push: add,
    answered: add,
    start() {
      started = true;
      fill();
    },
    finish() {
      while (started && waiting.length > 0) send(waiting.shift());
    },
  };
}
