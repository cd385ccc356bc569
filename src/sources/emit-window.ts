// Hands notifications on in order, a bounded number at once, and says when to stop and to go on reading.
import type { Notification } from '../event.ts';

/** The most emits that a source holds open (DESIGN 4). */
const LIMIT = 64;

export interface EmitWindowOptions {
  emit(notification: Notification): Promise<void>;
  /** No more, please, until `free`. What is pushed all the same waits. */
  full(): void;
  free(): void;
  /** An emit was rejected. */
  failed(error: unknown): void;
}

export interface EmitWindow {
  push(notification: Notification): void;
  /** Lets the first one go; until then all wait. */
  start(): void;
  /** Lets none go any more. */
  stop(): void;
}

export function createEmitWindow({ emit, full, free, failed }: EmitWindowOptions): EmitWindow {
  const waiting: Notification[] = [];
  let slots = 0;
  let isFull = false;

  const fill = () => {
    while (slots > 0 && waiting.length > 0) send(waiting.shift());
    if (slots === 0 && !isFull) {
      isFull = true;
      full();
    } else if (slots > 0 && isFull) {
      isFull = false;
      free();
    }
  };

  const send = (notification: Notification | undefined) => {
    if (notification === undefined) return;
    slots--;
    emit(notification).then(settled, failed);
  };

  const settled = () => {
    slots++;
    fill();
  };

  return {
    push(notification) {
      waiting.push(notification);
      if (slots > 0) fill();
    },
    start() {
      slots = LIMIT;
      fill();
    },
    stop() {
      slots = Number.NEGATIVE_INFINITY;
      waiting.length = 0;
    },
  };
}
