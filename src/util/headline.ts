// Of several errors of one device, the one that tells its user most: a closed port says less than an answer at another one.
import type { BridgeError, ErrorCode } from './errors.ts';

const ORDER: readonly ErrorCode[] = [
  'AUTH',
  'WRONG_DEVICE',
  'TLS',
  'REDIRECT',
  'INSECURE',
  'FORBIDDEN',
  'BUSY',
  'TOO_LARGE',
  'UNSUPPORTED',
  'PROTOCOL',
  'REFUSED',
  'NOT_FOUND',
  'ADDRESS',
  'CLOSED',
  'STALLED',
  'TIMEOUT',
  'UNREACHABLE',
];

/** The most telling, of equals the first; undefined of none. */
export function headline(errors: readonly BridgeError[]): BridgeError | undefined {
  const [first, ...others] = errors;
  return others.reduce((best, error) => (best && rank(error) >= rank(best) ? best : error), first);
}

/** What is not in the order is a fault of the bridge itself: nothing tells more. */
function rank({ code }: BridgeError): number {
  return ORDER.indexOf(code);
}
