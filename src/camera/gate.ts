// Holds notifications until it is known what to do with them, then passes them on in the order they came.
import type { Notification } from '../event.ts';

export type Take = (notification: Notification) => Promise<void>;

export interface Gate {
  take: Take;
  open(take: Take): void;
  /** Nothing passes: what waits, and what comes, is rejected with that. */
  refuse(error: unknown): void;
  /** Settles when it is opened or refused. */
  readonly decided: Promise<Take>;
}

export function createGate(): Gate {
  let open: (take: Take) => void = () => {};
  let refuse: (error: unknown) => void = () => {};
  let through: Take | undefined;
  let waiting = 0;
  const decided = new Promise<Take>((yes, no) => {
    open = yes;
    refuse = no;
  });
  const wait = async (notification: Notification): Promise<void> => {
    waiting += 1;
    const take = await decided;
    waiting -= 1;
    through = take;
    return take(notification);
  };
  return {
    // Nobody passes those who still wait, and nobody waits who need not.
    take: notification => (through && waiting === 0 ? through(notification) : wait(notification)),
    open,
    refuse,
    decided,
  };
}
