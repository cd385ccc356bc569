// One device action: what it may be asked to do, and doing it.
import type { Json } from '../event.ts';
import type { Clock } from '../util/clock.ts';
import type { VapixClient } from '../vapix/client.ts';

/** What an action was asked to do: checked parameters. */
export type Parameters = Readonly<Record<string, unknown>>;

export interface ActionContext {
  client: VapixClient;
  clock: Clock;
  /** Ends what is under way; what has to be ended at the device is ended all the same. */
  signal: AbortSignal;
  /** To be called where all that is left is to wait: the next action on the device need not. */
  free?(): void;
}

/** What the device said, as values for the result's payload. */
export type Answer = Readonly<Record<string, Json>>;

export interface Action {
  /** Checks parameters before anything is sent: every complaint names the parameter and what is allowed. Pure. */
  check(parameters: Parameters): { ok: true; parameters: Parameters } | { ok: false; complaints: string[] };
  /** Sends it; resolves with the device's answer, rejects with a BridgeError. */
  run(parameters: Parameters, context: ActionContext): Promise<Answer>;
}
