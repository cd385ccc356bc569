// One pull point of a device: created with the topics that are wanted, renewed, synchronized, ended.
import {
  createPullPoint,
  type PullPoint,
  readLease,
  readPullPoint,
  renew,
  SYNCHRONIZE,
  UNSUBSCRIBE,
} from '../../protocol/pullpoint.ts';
import { topicExpression } from '../../protocol/topic.ts';
import type { Clock } from '../../util/clock.ts';
import { type BridgeError, fail, isBridgeError } from '../../util/errors.ts';
import { createPullLease, LIFETIME_MS, type PullLease } from './lease.ts';
import type { OnvifServices } from './services.ts';

/** What a stop may take, of the 200 ms that it has: for a subscription that is being made, and for its end. */
const PATIENCE_MS = 50;
const FAREWELL_MS = 100;

export interface SubscribeOptions {
  services: OnvifServices;
  /** The include patterns. */
  include: readonly string[];
  clock: Clock;
  signal: AbortSignal;
}

export interface PullSubscription {
  readonly point: PullPoint;
  readonly lease: PullLease;
  /** The device's time as an HTTP date, where it said one. */
  readonly date: string | undefined;
  /** Asks for all states. A device that does not know the request sends them unasked, or not at all. */
  synchronize(): Promise<void>;
  /** Tells the device to forget it; bounded in time, never rejects. */
  unsubscribe(): Promise<void>;
}

/**
 * Rejects with the errors of the services, or the reason of the signal. `signal` ends all but `unsubscribe`; what is made
 * just then is waited for and given all the same, to be ended: else it would take the place of another for a minute.
 */
export async function subscribe({
  services,
  include,
  clock,
  signal,
}: SubscribeOptions): Promise<PullSubscription> {
  const patient = createDelayed({ signal, clock, ms: PATIENCE_MS });
  const { body, headers } = await create(services, topicExpression(include), patient.signal).finally(
    patient.end,
  );
  const { lease: granted, ...point } = readPullPoint(body);
  const lease = createPullLease({
    clock,
    granted,
    renew: until =>
      services.ask({ request: renew(until), point, signal }).then(answer => readLease(answer.body), gone),
  });
  return {
    point,
    lease,
    date: granted.current === undefined ? headers['date'] : new Date(granted.current).toUTCString(),
    async synchronize() {
      await services.ask({ request: SYNCHRONIZE, point, signal }).catch(() => signal.throwIfAborted());
    },
    async unsubscribe() {
      const bound = { ms: FAREWELL_MS, signal: new AbortController().signal };
      await services.call({ request: UNSUBSCRIBE, point, ...bound }).catch(() => undefined);
    },
  };
}

/** With the filter, and where the device refuses for a reason that we do not know, without. */
async function create(services: OnvifServices, topics: string | undefined, signal: AbortSignal) {
  try {
    return await services.ask({ request: createPullPoint(topics, LIFETIME_MS), signal });
  } catch (error) {
    if (topics === undefined || !isBridgeError(error) || error.code !== 'REFUSED') throw error;
    return services.ask({ request: createPullPoint(undefined, LIFETIME_MS), signal });
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
