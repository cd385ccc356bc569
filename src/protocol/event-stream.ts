// The messages of the WebSocket event stream (PROTOCOLS 2.2, 2.3): what we ask, and what the device says.
import { isUtf8 } from 'node:buffer';
import type { Notification } from '../event.ts';
import { type BridgeError, type ErrorCode, fail } from '../util/errors.ts';
import { readJson } from './json.ts';
import { fieldsOf, readJsonNotification } from './json-notification.ts';

/** An event, or the answer to what was asked: undefined where the device does it. */
export type StreamMessage = { event: Notification } | { refusal: BridgeError | undefined };

/** The catch-all: the subtree of the root. */
export const ALL_TOPICS = '//.';

const CONFIGURE = 'events:configure';
const NOTIFY = 'events:notify';

/** By the stream's error code. What is not here is REFUSED, which less or other filters may help. */
const CODES = new Map<string, ErrorCode>([
  ['1100', 'REFUSED'], // internal error
  ['2100', 'UNSUPPORTED'], // version of the API
  ['2101', 'PROTOCOL'], // invalid JSON
  ['2102', 'UNSUPPORTED'], // method
  ['2103', 'REFUSED'], // parameter missing
  ['2104', 'REFUSED'], // parameter invalid, such as a filter
  ['2105', 'FORBIDDEN'], // authorisation
  ['2106', 'AUTH'], // authentication
  ['2107', 'REFUSED'], // message too large
]);

/** Asks for the events that these expressions let through; each one is a subscription of its own. */
export function configureRequest(expressions: readonly string[]): string {
  const eventFilterList = expressions.map(topicFilter => ({ topicFilter }));
  return JSON.stringify({
    apiVersion: '1.0',
    context: 'axis2mqtt',
    method: CONFIGURE,
    params: { eventFilterList },
  });
}

/**
 * Reads one message of the device.
 * @throws PROTOCOL where it is no JSON object, no event, and no answer, TOO_LARGE; nothing else.
 */
export function readStreamMessage(bytes: Buffer): StreamMessage {
  const { method, params, data, error } = parse(bytes);
  if (method === NOTIFY) return { event: readJsonNotification(fieldsOf(params)['notification']) };
  if (isPresent(error)) return { refusal: refusalOf(error) };
  if (method === CONFIGURE || isPresent(data)) return { refusal: undefined };
  throw fail('PROTOCOL', 'a message that is neither an event nor an answer');
}

function parse(bytes: Buffer): Readonly<Record<string, unknown>> {
  if (!isUtf8(bytes)) throw fail('PROTOCOL', 'a message that is not valid UTF-8');
  return fieldsOf(readJson(bytes.toString('utf8')));
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function refusalOf(error: unknown): BridgeError {
  const { code, message } = fieldsOf(error);
  const name = typeof code === 'number' || typeof code === 'string' ? String(code).slice(0, 20) : '';
  const text = typeof message === 'string' ? message.slice(0, 200) : '';
  return fail(CODES.get(name) ?? 'REFUSED', `error ${JSON.stringify(name)}, ${JSON.stringify(text)}`);
}
