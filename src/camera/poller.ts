// When a device begins to be polled: once its stream has shown that the password is right, or could not show it.
import type { Clock } from '../util/clock.ts';
import type { ErrorCode } from '../util/errors.ts';
import type { Log } from '../util/log.ts';
import type { Notes } from './outlet.ts';
import { runPolling } from './polling.ts';
import type { CameraSpec } from './spec.ts';
import type { Unit } from './unit.ts';

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
  /** Resolves once `signal` was aborted and nothing is polled any more. */
  ended(): Promise<void>;
}

export function createPoller({ spec, unit, signal, ...shared }: PollerOptions): Poller {
  let polling: Promise<void> | undefined;
  const start = () => {
    const device = unit();
    if (device === undefined || signal.aborted) return;
    const { address, labels, polls } = spec;
    const { id, serial, outlet, polled } = device;
    polling ??= runPolling({
      ...shared,
      polls,
      device: id,
      serial,
      address,
      labels,
      outlet,
      onHeard: polled,
      signal,
    });
  };
  return {
    heard: start,
    lost(code) {
      if (code !== 'AUTH') start();
    },
    ended: async () => polling,
  };
}
