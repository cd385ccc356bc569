// Asks the event stream for what is wanted, in whichever way the device takes (PROTOCOLS 2.2).
import { ALL_TOPICS, configureRequest } from '../../protocol/event-stream.ts';
import { topicExpression } from '../../protocol/topic.ts';
import type { BridgeError } from '../../util/errors.ts';
import { createVapixClient } from '../../vapix/client.ts';
import { fetchEventInstances } from '../../vapix/event-instances.ts';
import type { SourceContext } from '../source.ts';
import type { WebSocketStream } from './stream.ts';

type SubscriptionContext = Pick<SourceContext, 'address' | 'include' | 'clock' | 'signal'>;

/**
 * Resolves once the device sends at least what the include patterns want: asked for as that, as everything, or as
 * every topic that it declares. Several filters are the last resort: the device sends an event once for each that it
 * matches. Rejects with the first refusal, or what the stream rejects with.
 */
export async function subscribe(stream: WebSocketStream, context: SubscriptionContext): Promise<void> {
  const wanted = topicExpression(context.include);
  const refusal = await configure(stream, [...(wanted === undefined ? [] : [[wanted]]), [ALL_TOPICS]]);
  if (refusal === undefined) return;
  const roots = await declaredRoots(context).catch(() => []);
  const declared = roots.length === 0 ? [] : [[roots.join('|')], roots];
  if (declared.length === 0 || (await configure(stream, declared)) !== undefined) throw refusal;
}

/** Asks with one list of filters after the other; gives the last refusal where none is taken. */
async function configure(
  stream: WebSocketStream,
  lists: readonly (readonly string[])[],
): Promise<BridgeError | undefined> {
  let refusal: BridgeError | undefined;
  for (const list of lists) {
    refusal = await stream.ask(configureRequest(list));
    if (refusal === undefined) return undefined;
    // Other filters change nothing about the login, the right or the version.
    if (refusal.code !== 'REFUSED') throw refusal;
  }
  return refusal;
}

/** The subtrees of the roots of all that the device declares, such as `tns1:Device//.`. */
async function declaredRoots({ address, clock, signal }: SubscriptionContext): Promise<string[]> {
  const client = createVapixClient({ address, clock, signal });
  try {
    const topics = [...(await fetchEventInstances(client)).keys()];
    return [...new Set(topics.map(topic => `${topic.split('/', 1)}${ALL_TOPICS}`))];
  } finally {
    client.close();
  }
}
