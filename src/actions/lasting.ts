// Actions that last for a time: begun, held by the bridge's clock, and ended at the device whatever happens meanwhile.

import { sleep } from '../util/clock.ts';
import { fail, isBridgeError } from '../util/errors.ts';
import { startRecording, stopRecording } from '../vapix/record.ts';
import { setVirtualInput, type VirtualInput } from '../vapix/virtual-input.ts';
import type { ActionContext, Answer } from './action.ts';

interface Recording {
  diskId: string;
  /** Milliseconds after which it is stopped; never where undefined. */
  for: number | undefined;
}

/**
 * Records; resolves once it has begun, or with `for` once it has ended. The request that begins it does not end with
 * the signal: a recording whose ID is unknown could not be stopped.
 */
export async function record({ diskId, for: ms }: Recording, context: ActionContext): Promise<Answer> {
  const { client, signal } = context;
  signal.throwIfAborted();
  const recordingId = await startRecording(client, diskId);
  if (ms === undefined) return { recordingId };
  await hold(context, ms, `recording ${recordingId}`, () => stopRecording(client, recordingId));
  return { recordingId, stopped: true };
}

/** Sets a virtual input; with `for`, in milliseconds, active for so long. */
export async function virtualInput(
  { for: ms, ...input }: VirtualInput & { for: number | undefined },
  context: ActionContext,
): Promise<Answer> {
  const { client, signal } = context;
  signal.throwIfAborted();
  if (ms === undefined) return setVirtualInput(client, input, { signal });
  const said = await setVirtualInput(client, input);
  await hold(context, ms, `virtual input ${input.port}`, () =>
    setVirtualInput(client, { ...input, active: false }),
  );
  return said;
}

/** Waits, until the signal at most, then ends it without heeding the signal. An error says what goes on. */
async function hold(
  { clock, signal, free }: ActionContext,
  ms: number,
  what: string,
  end: () => Promise<unknown>,
): Promise<void> {
  free?.();
  await sleep(clock, ms, signal);
  try {
    await end();
  } catch (error) {
    if (!isBridgeError(error)) throw error;
    throw fail(
      error.code === 'NOT_FOUND' ? 'REFUSED' : error.code,
      `${what} began but did not end: ${error.message}`,
    );
  }
}
