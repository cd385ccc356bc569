// One pull point of a device: created with the topics that are wanted, renewed, synchronized, ended.

import { pathOf } from '../../onvif/services.ts';
import type { OnvifClient } from '../../onvif/types.ts';
import {
  ANONYMOUS,
  createPullPoint,
  type PullPoint,
  readLease,
  readPullPoint,
  renew,
  SYNCHRONIZE,
  UNSUBSCRIBE,
} from '../../protocol/pullpoint.ts';
import { topicExpression } from '../../protocol/topic.ts';
import { formatDateTime, formatDuration } from '../../protocol/xs-time.ts';
import type { Clock } from '../../util/clock.ts';
import { type BridgeError, fail, isBridgeError } from '../../util/errors.ts';
import { createPullLease, LIFETIME_MS, type PullLease } from './lease.ts';

/** What a stop may take, of the 200 ms that it has: for a subscription that is being made, and for its end. */
const PATIENCE_MS = 50;
const FAREWELL_MS = 100;

export interface SubscribeOptions {
  onvif: OnvifClient;
  /** The include patterns. */
  include: readonly string[];
  clock: Clock;
  signal: AbortSignal;
}

export interface PullSubscription {
  readonly point: PullPoint;
  /** Where it is asked: the path of its address. */
  readonly path: string;
  readonly lease: PullLease;
  /** The device's time as an HTTP date, where it said one. */
  readonly date: string | undefined;
  /** Asks for all states. A device that does not know the request sends them unasked, or not at all. */
  synchronize(): Promise<void>;
  /** Tells the device to forget it; bounded in time, never rejects. */
  unsubscribe(): Promise<void>;
}

/**
 * Rejects with the errors of the client, or the reason of the signal. `signal` ends all but `unsubscribe`; what is made
 * just then is waited for and given all the same, to be ended: else it would take the place of another for a minute.
 */
export async function subscribe({
  onvif,
  include,
  clock,
  signal,
}: SubscribeOptions): Promise<PullSubscription> {
  const { events } = await onvif.services(signal);
  const patient = createDelayed({ signal, clock, ms: PATIENCE_MS });
  const wanted = { onvif, events, topics: topicExpression(include), clock, signal: patient.signal };
  const { body, headers } = await create(wanted).finally(patient.end);
  const { lease: granted, ...point } = readPullPoint(body);
  const path = point.address === ANONYMOUS ? events : pathOf(point.address, events);
  const lease = createPullLease({
    clock,
    granted,
    renew: until =>
      onvif.ask({ request: renew(until), point, path, signal }).then(answer => readLease(answer.body), gone),
  });
  return {
    point,
    path,
    lease,
    date: granted.current === undefined ? headers['date'] : new Date(granted.current).toUTCString(),
    async synchronize() {
      await onvif.ask({ request: SYNCHRONIZE, point, path, signal }).catch(() => signal.throwIfAborted());
    },
    async unsubscribe() {
      const bound = { ms: FAREWELL_MS, signal: new AbortController().signal };
      await onvif.call({ request: UNSUBSCRIBE, point, path, ...bound }).catch(() => undefined);
    },
  };
}

interface CreateOptions extends Pick<SubscribeOptions, 'onvif' | 'clock' | 'signal'> {
  /** The path of the event service. */
  events: string;
  topics: string | undefined;
}

/** With the filter and for a duration; where the device refuses for a reason that we do not know, without it, or until a time. */
async function create({ onvif, events, topics, clock, signal }: CreateOptions) {
  const ask = (filter: string | undefined, until: string) =>
    onvif.ask({ request: createPullPoint(filter, until), path: events, signal });
  const duration = formatDuration(LIFETIME_MS);
  const filters = topics === undefined ? [undefined] : [topics, undefined];
  let refusal: unknown;
  for (const filter of filters) {
    try {
      return await ask(filter, duration);
    } catch (error) {
      if (!isBridgeError(error) || error.code !== 'REFUSED') throw error;
      refusal ??= error;
    }
  }
  const until = formatDateTime(clock.now() + (await onvif.skew(signal)) + LIFETIME_MS);
  try {
    return await ask(topics, until);
  } catch (error) {
    throw isBridgeError(error) && error.code === 'REFUSED' ? refusal : error;
  }
}

/** A signal that follows another after `ms`. `end` leaves no timer and no listener. */
function createDelayed({ signal, clock, ms }: { signal: AbortSignal; clock: Clock; ms: number }) {
  const delayed = new AbortController();
  let cancel = () => {};
  const start = () => {
    cancel = clock.after(ms, () => delayed.abort(signal.reason));
  };
  signal.addEventListener('abort', start);
  const end = () => {
    signal.removeEventListener('abort', start);
    cancel();
  };
  return { signal: delayed.signal, end };
}

/** Throws an error of a call to a pull point. Its own path is unknown once the device has forgotten it. */
export function gone(error: unknown): never {
  throw isNotFound(error) ? fail('CLOSED', `${error.message}: the subscription is over`) : error;
}

function isNotFound(error: unknown): error is BridgeError {
  return isBridgeError(error) && error.code === 'NOT_FOUND';
}
