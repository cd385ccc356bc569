// Load: events at a steady rate, or as fast as they are read, each with its time of sending and its number.
import { type Clock, systemClock } from '../util/clock.ts';
import { LOAD_TOPICS } from './catalogue.ts';
import type { Device } from './device.ts';

export interface LoadOptions {
  devices: readonly Device[];
  /** Events a second, spread over the devices in turn. */
  ratePerSecond?: number;
  /** As fast as the readers take them, instead of a rate. */
  saturate?: boolean;
  /** Events a device sends in one TCP write. Default 1, with `saturate` 32. */
  batch?: number;
  /** States or pulses. Default `event`. */
  kind?: keyof typeof LOAD_TOPICS;
  /** Whether the data item `sent` says the time of sending. Default true. */
  stamps?: boolean;
  signal: AbortSignal;
  clock?: Clock;
}

export interface Load {
  /** Events written so far. */
  readonly sent: number;
  /** Events of the rate that are due and not yet written: the readers, or this process, are too slow. */
  readonly behind: number;
  /** Resolves once the signal is aborted and nothing more is sent. */
  readonly done: Promise<void>;
}

interface Source {
  device: Device;
  send(count: number): void;
}

const TICK_MS = 1;

/**
 * Starts at once. Each event bears `count`, its number from 1 on for its device, and `sent`: microseconds since the
 * epoch. A device without a playing session, or whose reader lags, is passed over; after a second of it the debt is
 * forgotten.
 */
export function startLoad(options: LoadOptions): Load {
  const { clock = systemClock, saturate = false, ratePerSecond = 0, signal } = options;
  const batch = options.batch ?? (saturate ? 32 : 1);
  const sources = options.devices.map(device => createSource(device, options));
  const started = precise();
  let forgiven = 0;
  let sent = 0;
  let turn = 0;

  const due = () => Math.floor(((precise() - started) / 1000) * ratePerSecond) - forgiven;

  /** One write by the next device that can take it; the events written, 0 where none can. */
  function writeOne(most: number): number {
    for (let tried = 0; tried < sources.length; tried++) {
      const source = sources[turn];
      turn = (turn + 1) % sources.length;
      if (!source || !isReady(source.device)) continue;
      const count = Math.min(batch, most);
      source.send(count);
      sent += count;
      return count;
    }
    return 0;
  }

  function tick(): void {
    const most = saturate ? sources.length * batch : due() - sent;
    let left = most;
    while (left > 0) {
      const written = writeOne(left);
      if (written === 0) break;
      left -= written;
    }
    if (!saturate && left > ratePerSecond) forgiven += left - ratePerSecond;
  }

  return {
    get sent() {
      return sent;
    },
    get behind() {
      return saturate ? 0 : Math.max(0, due() - sent);
    },
    done: repeat(tick, { clock, signal }),
  };
}

function repeat(work: () => void, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  return new Promise(resolve => {
    let cancel = () => {};
    const stop = () => {
      cancel();
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const next = () => {
      work();
      cancel = clock.after(TICK_MS, next);
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop);
    next();
  });
}

function createSource(device: Device, { kind = 'event', stamps = true }: LoadOptions): Source {
  const { topic, property } = LOAD_TOPICS[kind];
  const send = device.prepare(topic, {
    source: { port: 1 },
    dataNames: ['state', 'count', 'sent'],
    ...(property ? { operation: 'changed' as const } : {}),
  });
  let number = 0;
  const one = () => {
    number += 1;
    send([String(number % 2), String(number), stamps ? String(Math.round(precise() * 1000)) : '']);
  };
  return {
    device,
    send(count) {
      if (count === 1) return one();
      device.gather(() => {
        for (let index = 0; index < count; index++) one();
      });
    },
  };
}

function isReady(device: Device): boolean {
  return device.sessions > 0 && !device.blocked;
}

/** Milliseconds since the epoch, to the microsecond: comparable between processes of one machine. */
function precise(): number {
  return performance.timeOrigin + performance.now();
}
