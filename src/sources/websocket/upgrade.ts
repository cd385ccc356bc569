// Asks a device for a WebSocket, once, and gives its answer.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Clock } from '../../util/clock.ts';
import { withDeadline } from '../../util/deadline.ts';
import type { DeviceAddress } from '../../vapix/address.ts';
import { boundInterim } from '../../vapix/interim.ts';
import type { HttpAnswer } from '../../vapix/status.ts';
import { openSocket } from '../connect.ts';
import { createWebSocketConnection, type WebSocketConnection } from './connection.ts';
import { fromWebSocket, MAX_PIECES, MAX_RECEIVED } from './errors.ts';

const ANSWER_MS = 10_000;

export interface UpgradeOptions {
  address: DeviceAddress;
  /** With `http:` or `https:`. */
  url: URL;
  authorization: string | undefined;
  clock: Clock;
  signal: AbortSignal;
  /** For errors. */
  who: string;
}

export interface UpgradeAnswer extends HttpAnswer {
  /** Where the status is 101. */
  connection?: WebSocketConnection;
}

/**
 * Resolves with the device's answer, whatever its status. Rejects with ADDRESS, UNREACHABLE, TIMEOUT, TLS, CLOSED,
 * TOO_LARGE, or PROTOCOL where it is no answer. Over https nothing is written before the certificate was accepted.
 */
export async function upgrade(options: UpgradeOptions): Promise<UpgradeAnswer> {
  const { address, clock, signal, who } = options;
  const socket = await openSocket({ address, port: address.port, signal });
  let answer: UpgradeAnswer | undefined;
  try {
    answer = await withDeadline({ ms: ANSWER_MS, signals: [signal], who, clock }, ending => {
      ending.addEventListener('abort', () => void socket.destroy(), { once: true });
      return ask(socket, options);
    });
    return answer;
  } finally {
    if (answer?.connection === undefined) socket.destroy();
  }
}

function ask(socket: Socket, { url, authorization, clock, who }: UpgradeOptions): Promise<UpgradeAnswer> {
  const websocket = new WebSocket(url, {
    createConnection: () => socket,
    headers: { 'User-Agent': 'axis2mqtt', ...(authorization && { Authorization: authorization }) },
    followRedirects: false,
    finishRequest(request) {
      boundInterim(request, who);
      request.end();
    },
    maxPayload: MAX_RECEIVED,
    maxFragments: MAX_PIECES,
    maxBufferedChunks: MAX_PIECES,
    perMessageDeflate: false,
    // Judged for each message by its reader: one that is not valid ends no stream.
    skipUTF8Validation: true,
  });
  return new Promise((resolve, reject) => {
    let answer: HttpAnswer = { status: 101, headers: {} };
    websocket.on('error', error => reject(fromWebSocket(error, who)));
    websocket.on('unexpected-response', (_request, response) => resolve(answerOf(response)));
    websocket.on('upgrade', response => {
      answer = answerOf(response);
    });
    websocket.on('open', () => {
      resolve({ ...answer, connection: createWebSocketConnection({ websocket, socket, clock, who }) });
    });
  });
}

function answerOf({ statusCode = 0, headers }: IncomingMessage): HttpAnswer {
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return { status: statusCode, headers: Object.fromEntries(texts) };
}
