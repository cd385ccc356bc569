// What goes wrong with a WebSocket, put into the table of errors.
import { type BridgeError, type ErrorCode, fail, fromSystem } from '../../util/errors.ts';

/** The largest message that is read, in bytes. */
export const MAX_MESSAGE = 1024 * 1024;

const CODES: readonly [pattern: RegExp, code: ErrorCode, text: string][] = [
  [/^WS_ERR_UNSUPPORTED_MESSAGE_LENGTH/, 'TOO_LARGE', `a message of more than ${MAX_MESSAGE} bytes`],
  [/^WS_ERR_/, 'PROTOCOL', 'its frames break the WebSocket protocol'],
  [/^HPE_HEADER_OVERFLOW/, 'TOO_LARGE', 'its header is too large'],
  [/^HPE_/, 'PROTOCOL', 'it does not speak HTTP there'],
];

/** Puts an error of the WebSocket library, of HTTP or of the socket into the table. */
export function fromWebSocket(error: Error, who: string): BridgeError {
  const name = 'code' in error ? String(error.code) : '';
  const [, code, text] = CODES.find(([pattern]) => pattern.test(name)) ?? [];
  if (code) return fail(code, `${who}: ${text}`);
  // The library's errors without a code are all about the answer to the upgrade.
  return name === '' ? fail('PROTOCOL', `${who}: ${error.message}`) : fromSystem(error, who);
}
