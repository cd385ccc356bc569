// Notices that another client with our identifier pushes us out where the broker does not say so: in MQTT 3.1.1 never,
// and mosquitto does not in MQTT 5 either.
import { fail } from '../util/errors.ts';
import { TAKEN_OVER } from './reasons.ts';
import type { ConnectionError } from './types.ts';

/** How a connection was that has ended. */
interface Past {
  server: string;
  upMs: number;
  /** The broker had acknowledged something on it. */
  worked: boolean;
  /** The same message stood unanswered at its end and at the one before: that is the likelier cause. */
  stuck: boolean;
}

export interface TakeoverWatch {
  /** Returns the error that the end really was: a takeover waits long, since a fight for an identifier harms both. */
  judge(error: ConnectionError, past: Past): ConnectionError;
  /** A connection could not even be made: then it is the network, or the broker. */
  unreached(): void;
}

const LASTING_MS = 30_000;

/** A takeover is what closes `times` connections in a row that had worked, none of which lasted, and each after that. */
export function createTakeoverWatch(times = 5): TakeoverWatch {
  let pushes = 0;
  return {
    judge(error, { server, upMs, worked, stuck }) {
      const isPush = error.code === 'CLOSED' && worked && !stuck && upMs < LASTING_MS;
      pushes = isPush ? pushes + 1 : 0;
      if (pushes < times) return error;
      const told = `${server} closed ${pushes} connections in a row`;
      const takeover = fail(
        'BROKER_REFUSED',
        `${told}: another client seems to use this \`clientId\` as well`,
      );
      return Object.assign(takeover, { reason: TAKEN_OVER });
    },
    unreached() {
      pushes = 0;
    },
  };
}
