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
  /** Lets all go that still waits: it was read, and no more comes. */
  finish(): void;
}

export function createEmitWindow({ emit, full, free, failed }: EmitWindowOptions): EmitWindow {
  const waiting: Notification[] = [];
  let started = false;
  let open = 0;
  let isFull = false;

  const fill = () => {
    while (open < LIMIT && waiting.length > 0) send(waiting.shift());
    if (open >= LIMIT === isFull) return;
    isFull = !isFull;
    if (isFull) full();
    else free();
  };

  const send = (notification: Notification | undefined) => {
    if (notification === undefined) return;
    open++;
    emit(notification).then(settled, rejected);
  };

  const settled = () => {
    open--;
    fill();
  };

  const rejected = (error: unknown) => {
    settled();
    failed(error);
  };

  return {
    push(notification) {
      waiting.push(notification);
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
