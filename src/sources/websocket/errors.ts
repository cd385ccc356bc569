// What goes wrong with a WebSocket, put into the table of errors.
import { type BridgeError, type ErrorCode, fail, fromSystem } from '../../util/errors.ts';

/** The largest message, in bytes, that the connection outlives: the library can leave out none. */
export const MAX_RECEIVED = 16 * 1024 * 1024;
/**
 * The most pieces of it, frames and reads alike: each takes some hundred bytes, however short it is. A message of the
 * largest size has fewer where no packet is shorter than 1 KiB.
 */
export const MAX_PIECES = 16 * 1024;

const CODES: readonly [pattern: RegExp, code: ErrorCode, text: string][] = [
  [/^WS_ERR_UNSUPPORTED_MESSAGE_LENGTH/, 'TOO_LARGE', `a message of more than ${MAX_RECEIVED} bytes`],
  [/^WS_ERR_TOO_MANY_BUFFERED_PARTS/, 'TOO_LARGE', `a message of more than ${MAX_PIECES} pieces`],
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
