// When a device begins to be polled: once its stream has shown that the password is right, or could not show it.
import type { Clock } from '../../util/clock.ts';
import type { ErrorCode } from '../../util/errors.ts';
import type { Log } from '../../util/log.ts';
import type { Notes } from '../outlet.ts';
import type { CameraSpec } from '../spec.ts';
import type { Unit } from '../unit.ts';
import { runPolling } from './polling.ts';

export interface PollerOptions {
  spec: CameraSpec;
  notes: Notes;
  /** Undefined until the device is known. */
  unit(): Unit | undefined;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

export interface Poller {
  /** The stream is up. */
  heard(): void;
  /** The stream did not come up or ended; a wrong password goes out once, with the stream. */
  lost(code: ErrorCode): void;
  /** Publishes all readings again. */
  restart(): void;
  /** Resolves once `signal` was aborted and nothing is polled any more. */
  ended(): Promise<void>;
}

export function createPoller({ spec, unit, signal, ...shared }: PollerOptions): Poller {
  let polling: Promise<void> | undefined;
  let turn = new AbortController();
  signal.addEventListener('abort', () => turn.abort(), { once: true });

  const poll = (device: Unit): Promise<void> => {
    const { address, labels, polls } = spec;
    const { id, serial, outlet, polled } = device;
    const about = { device: id, serial, address, labels, outlet, polls };
    return runPolling({ ...shared, ...about, onHeard: polled, signal: turn.signal });
  };
  const start = () => {
    const device = unit();
    if (device !== undefined && !signal.aborted) polling ??= poll(device);
  };

  return {
    heard: start,
    lost(code) {
      if (code !== 'AUTH') start();
    },
    restart() {
      const [device, before] = [unit(), polling];
      if (device === undefined || before === undefined || signal.aborted) return;
      turn.abort();
      turn = new AbortController();
      polling = before.then(() => poll(device));
    },
    ended: async () => polling,
  };
}
