// Says that a broker does not let the bridge read what it is to act on: once, until it does.
import type { BridgeError, ErrorCode } from '../util/errors.ts';
import { ERRORS } from '../util/errors.ts';
import type { Log } from '../util/log.ts';

/** A connection that is lost is told by its reader, for all who read there. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['BROKER_REFUSED', 'BROKER_AUTH']);

/** For one subscription; `who` is what it is for. */
export function createDeafness(log: Log, who: Readonly<Record<string, string>>) {
  let isTold = false;
  return {
    onUp() {
      isTold = false;
    },
    onDown({ code, message }: BridgeError) {
      if (isTold || !REFUSALS.has(code)) return;
      isTold = true;
      log.warn(
        { ...who, code, detail: message, hint: ERRORS[code].hint },
        'what it is to act on cannot be read',
      );
    },
  };
}
