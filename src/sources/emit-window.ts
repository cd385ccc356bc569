// Hands notifications on in order, a bounded number at once, and says when to stop and to go on reading.
import type { Notification } from '../event.ts';
import type { Moment } from '../util/moment.ts';
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

/** The emits between two answers; with callbacks of its own, so that an answer costs no event anything. */
interface Stretch {
  open: number;
  settled(): void;
  /** Set by the answer that ends it. */
  caughtUp?(): void;
}

export function createEmitWindow({ emit, caughtUp, full, free, failed }: EmitWindowOptions): EmitWindow {
  const waiting: (Notification | Moment)[] = [];
  const stretches: Stretch[] = [];
  let stretch = nextStretch();
  let lastTime: string | undefined;
  let started = false;
  let open = 0;
  let isFull = false;

  function nextStretch(): Stretch {
    const next: Stretch = {
      open: 0,
      settled() {
        next.open--;
        open--;
        if (next.caughtUp !== undefined) catchUp();
        fill();
      },
    };
    stretches.push(next);
    return next;
  }

  /** The device is caught up with the first answers before which nothing is open. */
  const catchUp = () => {
    for (let [first] = stretches; first?.open === 0 && first.caughtUp !== undefined; [first] = stretches) {
      first.caughtUp();
      stretches.shift();
    }
  };

  const fill = () => {
    while (open < LIMIT && waiting.length > 0) send(waiting.shift());
    if (open >= LIMIT === isFull) return;
    isFull = !isFull;
    if (isFull) full();
    else free();
  };

  const send = (next: Notification | Moment | undefined) => {
    if (next === undefined) return;
    if ('monotonic' in next) return end(next);
    lastTime = next.time ?? lastTime;
    open++;
    stretch.open++;
    emit(next).then(stretch.settled, rejected);
  };

  const end = (asked: Moment) => {
    const time = lastTime;
    stretch.caughtUp = () => caughtUp(asked, time);
    stretch = nextStretch();
    catchUp();
  };

  /** What was not taken stays open: nothing behind it is caught up with. */
  const rejected = (error: unknown) => {
    open--;
    fill();
    failed(error);
  };

  return {
    push(notification) {
      waiting.push(notification);
      if (started) fill();
    },
    answered(asked) {
      waiting.push(asked);
      if (started) fill();
    },
    start() {
      started = true;
      fill();
    },
    finish() {
      while (started && waiting.length > 0) send(waiting.shift());
    },
  };
}
