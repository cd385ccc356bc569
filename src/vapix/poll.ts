// A way to read a device regularly, and the choice between two ways that devices of different age have.
import type { Reading } from '../event.ts';
import type { Clock } from '../util/clock.ts';
import { type BridgeError, type ErrorCode, isBridgeError } from '../util/errors.ts';
import type { VapixClient } from './client.ts';

export interface PollOptions {
  signal: AbortSignal;
  clock: Clock;
}

/** Reads an API once. Rejects with the errors of the client; REFUSED, PROTOCOL or TOO_LARGE for what it answers. */
export type Poll = (client: VapixClient, options: PollOptions) => Promise<Reading[]>;

// What a device without that API, or an account without the right to it, answers.
const LACKING: readonly ErrorCode[] = ['NOT_FOUND', 'UNSUPPORTED', 'REFUSED', 'FORBIDDEN', 'PROTOCOL'];

/** Whether another way may work where one failed with this. */
export function isLacking(error: unknown): error is BridgeError {
  return isBridgeError(error) && LACKING.includes(error.code);
}

/** The first of several ways that the device has; that one is kept to until the device has it no more. */
export function eitherOf(...ways: readonly Poll[]): Poll {
  let found: Poll | undefined;
  return async (client, options) => {
    const refusals: BridgeError[] = [];
    const others = ways.filter(way => way !== found);
    for (const way of found === undefined ? others : [found, ...others]) {
      try {
        const readings = await way(client, options);
        found = way;
        return readings;
      } catch (error) {
        if (!isLacking(error) || (way === found && error.code !== 'NOT_FOUND')) throw error;
        refusals.push(error);
      }
    }
    // A way that is there and refuses says more than one that is not there.
    throw refusals.find(({ code }) => code !== 'NOT_FOUND') ?? refusals[0];
  };
}
