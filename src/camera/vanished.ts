// Properties that a device no longer has: it said all its states on connecting, and not theirs.
import type { Notification } from '../event.ts';
import type { SourceName } from '../sources/source.ts';
import type { Clock } from '../util/clock.ts';
import type { States } from './states.ts';

export interface VanishedOptions {
  source: SourceName;
  states: States;
  deliver(notification: Notification): Promise<void>;
  clock: Clock;
  signal: AbortSignal;
}

/** Services of a device that has just started begin to say their states minutes later; ms. */
const SAID_BY_MS = 180_000;
/** The device's own MQTT client need not have had its states retained. */
const SAYS_ALL: Readonly<Record<SourceName, boolean>> = {
  websocket: true,
  rtsp: true,
  pullpoint: true,
  'device-mqtt': false,
};

/**
 * Some minutes into a connection, delivers `deleted` for each property that is known from before it and was not said on
 * it: nobody can vouch for that state any more. Without a time and data, since it is not the device that says so.
 */
export function forgetVanished({ source, states, deliver, clock, signal }: VanishedOptions): void {
  if (!SAYS_ALL[source]) return;
  const cancel = clock.after(SAID_BY_MS, () => {
    signal.removeEventListener('abort', cancel);
    for (const property of states.unsaid())
      void deliver({ ...property, time: null, operation: 'deleted', data: [] });
  });
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
}
