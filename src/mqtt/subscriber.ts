// A subscriber for people: shows what passes at a broker.
import { connectAsync } from 'mqtt';
import { fail } from '../util/errors.ts';

export interface SubscriberOptions {
  url: string;
  filter: string;
  signal: AbortSignal;
  onMessage(message: { topic: string; payload: string; retain: boolean }): void;
}

/** Connects, again and again until it works, and subscribes; resolves when `signal` is aborted. */
export async function subscribe({ url, filter, signal, onMessage }: SubscriberOptions): Promise<void> {
  if (signal.aborted) return;
  const client = await connectAsync(url, { reconnectPeriod: 200, clean: true }, true).catch(
    (error: unknown) => {
      throw fail('UNREACHABLE', `${url}: ${String(error)}`);
    },
  );
  client.on('message', (topic, payload, { retain }) =>
    onMessage({ topic, payload: payload.toString(), retain }),
  );
  await client.subscribeAsync(filter, { qos: 1 });
  await new Promise<void>(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await client.endAsync(true);
}
