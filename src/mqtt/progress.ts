// Ends a connection whose broker answers pings but no publish, or not that one.
import type { Clock } from '../util/clock.ts';
import { fail } from '../util/errors.ts';
import type { Outgoing } from './outgoing.ts';
import type { ConnectionError } from './types.ts';

const ACK_TIMEOUT_MS = 60_000;

export interface ProgressOptions {
  outgoing: Pick<Outgoing, 'oldest' | 'progress'>;
  /** The server, for the error. */
  name: string;
  /** How long a message may wait once it is the oldest; default 60 s. */
  ms: number | undefined;
  clock: Clock;
  finish(error: ConnectionError): void;
}

/** Looks every so often; returns the end of that. */
export function watchProgress({
  outgoing,
  name,
  ms = ACK_TIMEOUT_MS,
  clock,
  finish,
}: ProgressOptions): () => void {
  const look = () => ({ oldest: outgoing.oldest(), progress: outgoing.progress() });
  let before = look();
  let cancel = () => {};
  const check = () => {
    const now = look();
    if (now.oldest === undefined || now.oldest !== before.oldest) {
      before = now;
      cancel = clock.after(ms, check);
      return;
    }
    const others = now.progress > before.progress;
    const what = others ? 'did not acknowledge a message, but later ones,' : 'acknowledged nothing';
    const error = fail('STALLED', `${name} ${what} for ${ms / 1000} s`);
    finish(Object.assign(error, { suspect: true, oldest: others }));
  };
  cancel = clock.after(ms, check);
  return () => cancel();
}
