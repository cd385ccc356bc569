// Runs actions on devices: checked before anything is sent, in line, each request once.
import type { Clock } from '../util/clock.ts';
import type { VapixClient } from '../vapix/client.ts';
import type { Action, Parameters } from './action.ts';
import { createLine, type Line } from './line.ts';
import { createMemory, type Memory } from './memory.ts';
import { failed, type Outcome, refused } from './outcome.ts';

export interface Job {
  device: string;
  action: string;
  parameters: Parameters;
  /** The same one again is answered and not done. */
  requestId?: string;
  /** When it is no longer of worth, by the monotonic clock (ms). */
  expires: number;
}

export type Result = Outcome & { repeat?: true };

export interface Runner {
  /** Resolves with how it ended, never rejects; `accepted` is called at once where it is going to be done. */
  run(job: Job, accepted?: () => void): Promise<Result>;
  /** Ends all that is under way with a device; resolves once that is over. */
  release(device: string): Promise<void>;
}

export interface RunnerOptions {
  actions: Readonly<Record<string, Action>>;
  /** The way to a device, as it is now. Throws a BridgeError where there is none. */
  clientOf(device: string): VapixClient;
  clock: Clock;
}

export function createRunner({ actions, clientOf, clock }: RunnerOptions): Runner {
  const lines = new Map<string, Line>();
  const memories = new Map<string, Memory>();

  const perform = async (job: Job, action: Action, parameters: Parameters, line: Line): Promise<Outcome> => {
    const begun = clock.monotonic();
    try {
      const answer = await line.run(
        turn => action.run(parameters, { ...turn, client: clientOf(job.device), clock }),
        job.expires,
      );
      return { state: 'done', ms: Math.round(clock.monotonic() - begun), answer };
    } catch (error) {
      return failed(error, Math.round(clock.monotonic() - begun));
    }
  };

  /** What is to be done, or why it is not. */
  const admit = (job: Job): { refusal: Outcome } | { start(): Promise<Outcome> } => {
    const action = Object.hasOwn(actions, job.action) ? actions[job.action] : undefined;
    if (action === undefined) return { refusal: refused('INVALID', 'there is no such action') };
    const checked = action.check(job.parameters);
    if (!checked.ok) return { refusal: refused('INVALID', checked.complaints.join('; ')) };
    if (job.expires <= clock.monotonic()) return { refusal: refused('EXPIRED', 'it came too late') };
    const line = entryOf(lines, job.device, () => createLine(clock));
    if (line.isFull()) return { refusal: refused('BUSY', 'too many actions wait for this device already') };
    return { start: () => perform(job, action, checked.parameters, line) };
  };

  const once = async (request: string, memory: Memory, outcome: Promise<Outcome>): Promise<Outcome> => {
    memory.keep(request, outcome);
    const ended = await outcome;
    // It did not act, so that the same request may come again.
    if (ended.state === 'failed' && ended.code === 'EXPIRED') memory.forget(request);
    return ended;
  };

  return {
    async run(job, accepted) {
      const memory = entryOf(memories, job.device, () => createMemory(clock));
      const request = job.requestId && JSON.stringify([job.action, job.requestId]);
      const before = request ? memory.find(request) : undefined;
      if (before !== undefined) return { ...(await before), repeat: true };
      const admitted = admit(job);
      if ('refusal' in admitted) return admitted.refusal;
      accepted?.();
      const outcome = admitted.start();
      return request ? once(request, memory, outcome) : outcome;
    },
    async release(device) {
      const line = lines.get(device);
      lines.delete(device);
      await line?.end();
    },
  };
}

function entryOf<T>(map: Map<string, T>, key: string, make: () => T): T {
  const entry = map.get(key) ?? make();
  map.set(key, entry);
  return entry;
}
