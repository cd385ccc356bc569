// How an action ended, in words that may leave the bridge.
import { type BridgeError, ERRORS, type ErrorCode, fail, fromSystem } from '../util/errors.ts';
import type { Answer } from './action.ts';

export type Outcome = Done | Failed;

interface Done {
  state: 'done';
  /** From the request to the answer, waiting included. */
  ms: number;
  answer: Answer;
}

interface Failed {
  state: 'failed';
  ms: number;
  code: ErrorCode;
  message: string;
}

const MESSAGE_MAX = 500;
/** Errors of a connection say where it went. */
const NAMES_ADDRESS = new Set<ErrorCode>([
  'ADDRESS',
  'UNREACHABLE',
  'TIMEOUT',
  'TLS',
  'CLOSED',
  'STALLED',
  'REDIRECT',
  'WRONG_DEVICE',
  'DESCRIPTORS',
  'INTERNAL',
]);

export function failed(error: unknown, ms = 0): Failed {
  const { code, message } = fromSystem(error, 'the action');
  const said = NAMES_ADDRESS.has(code) ? ERRORS[code].meaning : withoutAddress(message);
  return { state: 'failed', ms, code, message: said.slice(0, MESSAGE_MAX) };
}

/** What is not even tried. */
export function refused(code: ErrorCode, message: string): Failed {
  return failed(fail(code, message));
}

/** Who acts on a device need not know where it is (DESIGN 1.4): errors name the request by its URL. */
function withoutAddress(message: BridgeError['message']): string {
  return message.replaceAll(/https?:\/\/[^/\s]+/g, '');
}
