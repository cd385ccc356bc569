// When a device begins to be polled: once its stream has shown that the password is right, or could not show it.
import type { Clock } from '../../util/clock.ts';
import type { ErrorCode } from '../../util/errors.ts';
import type { Log } from '../../util/log.ts';
import type { PollApi } from '../../vapix/polls.ts';
import type { Known } from '../known.ts';
import type { Notes } from '../outlet.ts';
import type { CameraSpec } from '../spec.ts';
import type { Unit } from '../unit.ts';
import { runPolling } from './polling.ts';

export interface PollerOptions {
  spec: CameraSpec;
  known: Known;
  notes: Notes;
  /** Undefined until the device is known. */
  unit(): Unit | undefined;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

export interface Poller {
  /** The stream is up: what failed meanwhile need not wait for its turn. */
  heard(): void;
  /** The stream did not come up or ended: a wrong password goes out with the stream alone, another device is not read. */
  lost(code: ErrorCode): void;
  /** Publishes all readings again. */
  restart(): void;
  /** Resolves once `signal` was aborted and nothing is polled any more. */
  ended(): Promise<void>;
}

export function createPoller({ spec, known, unit, signal, ...shared }: PollerOptions): Poller {
  const worked = new Set<PollApi>();
  let polling = Promise.resolve();
  let turn: AbortController | undefined;
  /** Whether the device answered some poll, when that last changed. */
  let answered = true;

  const poll = async (device: Unit, turnOver: AbortSignal): Promise<void> => {
    if (turnOver.aborted) return;
    const { address, labels, polls } = spec;
    const { id, outlet } = device;
    const serial = () => device.serial() ?? known.serial();
    const about = { device: id, serial, address, labels, outlet, polls };
    const onHeard = (heard: boolean) => {
      answered = heard;
      device.polled(heard);
    };
    await runPolling({ ...shared, ...about, worked, onHeard, signal: turnOver });
  };
  const stop = () => {
    turn?.abort();
    turn = undefined;
  };
  const start = () => {
    const device = unit();
    if (device === undefined || turn !== undefined || signal.aborted) return;
    const next = new AbortController();
    turn = next;
    answered = true;
    polling = polling.then(() => poll(device, next.signal));
  };
  signal.addEventListener('abort', stop, { once: true });

  return {
    heard() {
      if (!answered) stop();
      start();
    },
    lost(code) {
      if (code === 'WRONG_DEVICE') {
        stop();
        unit()?.polled(false);
      } else if (code !== 'AUTH') start();
    },
    restart() {
      if (turn === undefined) return;
      stop();
      start();
    },
    ended: () => polling,
  };
}
