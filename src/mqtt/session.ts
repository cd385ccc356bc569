// One connection's life in order: say that the bridge is there, publish, and say goodbye when it is to stop.
import type { Clock } from '../util/clock.ts';
import type { LossWatch } from './loss.ts';
import { Pump, type PumpOptions } from './pump.ts';
import type { Retention } from './retention.ts';
import type { TakeoverWatch } from './takeover.ts';
import type { Connection, PublishResult } from './types.ts';

const GOODBYE_MS = 2_000;
/** How long a move to another server waits for what is on its way. */
const SETTLE_MS = 2_000;

/** The bridge's own retained state; `offline` is also the will. */
export interface BridgeState {
  topic: string;
  /** The topic of the number by which it is seen whether the broker has all that it took. */
  checkpoint: string;
  /** What it is while the bridge runs, as it is now. */
  online(): string;
  offline: string;
}

export interface SessionOptions extends Omit<PumpOptions, 'onRetained'> {
  state: BridgeState;
  loss: LossWatch;
  takeover: TakeoverWatch;
  retention: Retention;
  /** Stops in good order: drains for at most `drainMs`, publishes `offline`, disconnects. */
  signal: AbortSignal;
  /** Ends this connection in good order, with nothing drained: another one goes on. */
  move: AbortSignal;
  /** Stops at once. */
  kill?: AbortSignal | undefined;
  drainMs: number;
  clock: Clock;
}

/** Resolves when it was stopped or moved, throws the error that ended the connection. Gives back to the queue what is open. */
export async function runSession(given: SessionOptions): Promise<void> {
  const options = { ...given, connection: given.retention.limit(given.connection) };
  const { connection, queue, signal, move, kill, loss, drainMs, clock } = options;
  const since = clock.monotonic();
  const pump = new Pump({ ...options, onRetained: loss.acknowledged });
  const goodbye = { said: false };
  const links = [
    onAbort(signal, () => void leave(options, goodbye, () => pump.drain(drainMs))),
    onAbort(move, () => void leave(options, goodbye, () => pump.settle(SETTLE_MS))),
    onAbort(kill, () => connection.destroy()),
  ];
  await loss.before(connection);
  // After `offline` nothing is said any more.
  const worked = !goodbye.said && (await greet(options, pump));
  const error = await connection.ended;
  for (const unlink of links) unlink();
  await pump.stop(error);
  queue.rewind();
  if (error === undefined) return;
  const past = { server: connection.server, upMs: clock.monotonic() - since, stuck: options.poison.isStuck };
  throw options.takeover.judge(error, { ...past, worked });
}

/** Says that the bridge is there, and begins to publish; whether the broker took it. */
async function greet(options: SessionOptions, pump: { start(): void }): Promise<boolean> {
  const { connection, loss, retention, state } = options;
  // Nothing else before this is acknowledged: then a broker that takes no publish is not held against a message.
  const announceOnline = (retain: boolean) => announce(options, state.online(), retain);
  const { outcome } = await retention.announce(connection, announceOnline);
  if (outcome === 'ok') await loss.after(connection);
  if (outcome !== 'lost') pump.start();
  return outcome === 'ok' && !loss.isAsking;
}

async function leave(
  options: SessionOptions,
  goodbye: { said: boolean },
  finish: () => Promise<void>,
): Promise<void> {
  const { connection, clock, state } = options;
  await finish();
  goodbye.said = true;
  const cancel = clock.after(GOODBYE_MS, () => connection.destroy());
  await announce(options, state.offline, connection.limits.retainAvailable);
  await connection.close();
  cancel();
}

/** Resolves, whatever becomes of it. */
async function announce(
  { connection, refusals, delivery, state }: SessionOptions,
  payload: string,
  retain: boolean,
): Promise<PublishResult> {
  const qos = connection.limits.maximumQoS === 0 ? 0 : 1;
  const message = {
    topic: state.topic,
    payload,
    qos,
    retain,
    expiry: 0,
    id: '',
    seq: 0,
    device: '',
  } as const;
  const result = await publish(connection, message);
  if (result.outcome === 'ok') delivery.taken(message);
  if (result.outcome !== 'refused') return result;
  refusals.add(state.topic, result.reason);
  if (result.fate === 'never') delivery.refused(message, result.reason);
  return result;
}

function publish(
  connection: Connection,
  message: Parameters<Connection['publish']>[0],
): Promise<PublishResult> {
  return new Promise(resolve => connection.publish(message, resolve));
}

function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal?.aborted) callback();
  else signal?.addEventListener('abort', callback, { once: true });
  return () => signal?.removeEventListener('abort', callback);
}
