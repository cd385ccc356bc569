// The source for devices that are heard by ONVIF: a pull point, asked over HTTP for what has come (PROTOCOLS 3).
import { createOnvifClient } from '../../onvif/client.ts';
import { endWith } from '../../util/ending.ts';
import { fail, fromSystem } from '../../util/errors.ts';
import type { Source, SourceContext } from '../source.ts';
import { createPullLoop } from './loop.ts';
import { type PullSubscription, subscribe } from './subscription.ts';

/** Listens to a pull point of the device until the signal is aborted; rejects with a BridgeError when it ends. */
export const pullpoint: Source = async context => {
  try {
    context.signal.throwIfAborted();
    await listen(context);
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
};

/** The device has forgotten the pull point, is not there, or does not know the password any more: no farewell reaches it. */
const LOST = new Set(['CLOSED', 'STALLED', 'UNREACHABLE', 'TIMEOUT', 'AUTH']);

async function listen(context: SourceContext): Promise<void> {
  const { signal, include, clock } = context;
  const ending = endWith(signal);
  const { end } = ending;
  const onvif = createOnvifClient(context);
  const loop = createPullLoop({ context, onvif, signal: ending.signal, end });
  let subscription: PullSubscription | undefined;
  try {
    subscription = await subscribe({ onvif, include, clock, signal: ending.signal });
    ending.signal.throwIfAborted();
    // What comes from here on is behind the states.
    await subscription.synchronize();
    context.opened({ realm: onvif.realm, date: subscription.date });
    // Whichever of the two fails ends the other.
    await Promise.all(
      [loop.run(subscription), subscription.lease.keep(ending.signal)].map(task => task.catch(end)),
    );
    ending.signal.throwIfAborted();
  } finally {
    ending.unlink();
    const lost = LOST.has(fromSystem(ending.signal.reason, '').code);
    end(fail('CLOSED', 'the source ends'));
    loop.finish();
    if (!lost) await subscription?.unsubscribe();
    onvif.close();
  }
}
