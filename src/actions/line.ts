// The line in front of a device: one action at a time, a bounded number behind it, each for as long as it is of worth.
import type { Clock } from '../util/clock.ts';
import { fail } from '../util/errors.ts';
import { createLimit } from '../util/limit.ts';

const LINE_MAX = 16;
/** Actions under way, those included that only wait for the end of a recording. */
const OPEN_MAX = 64;

/** `free` lets the next one begin before this one is over. */
type Task<T> = (turn: { signal: AbortSignal; free(): void }) => Promise<T>;

export interface Line {
  isFull(): boolean;
  /** Runs `task` in its turn; rejects with EXPIRED where that had not come by `expires` (monotonic, ms). */
  run<T>(task: Task<T>, expires: number): Promise<T>;
  /** Ends what runs and what waits, with CLOSED, and resolves once that is over. */
  end(): Promise<void>;
}

export function createLine(clock: Clock): Line {
  const limit = createLimit({ width: 1 });
  const ending = new AbortController();
  const waiting = new Set<AbortController>();
  const open = new Set<Promise<void>>();

  async function enter<T>(task: Task<T>, expires: number): Promise<T> {
    const turn = new AbortController();
    const late = () => turn.abort(fail('EXPIRED', 'the device was busy for longer than that is of worth'));
    const cancel = clock.after(expires - clock.monotonic(), late);
    const leave = () => {
      cancel();
      waiting.delete(turn);
    };
    waiting.add(turn);
    const begin = async () => {
      leave();
      return startTurn(task, ending.signal);
    };
    const { running } = await limit(begin, turn.signal).finally(leave);
    return running;
  }

  return {
    isFull: () => waiting.size >= LINE_MAX || open.size >= OPEN_MAX,
    run(task, expires) {
      const running = enter(task, expires);
      const over = running.then(nothing, nothing).then(() => void open.delete(over));
      open.add(over);
      return running;
    },
    async end() {
      const reason = fail('CLOSED', 'the bridge ends what it does with this device');
      ending.abort(reason);
      for (const turn of waiting) turn.abort(reason);
      await Promise.all(open);
    },
  };
}

/** Resolves when the turn is over, which may be before the task is. */
function startTurn<T>(task: Task<T>, signal: AbortSignal): Promise<{ running: Promise<T> }> {
  return new Promise(resolve => {
    const free = () => resolve({ running });
    const running = Promise.resolve().then(() => task({ signal, free }));
    running.then(free, free);
  });
}

function nothing(): void {
  // How it ended is for those who asked for it.
}
