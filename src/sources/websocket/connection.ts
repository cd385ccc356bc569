// One WebSocket to a device: its messages, pings, and its end, for whatever reason.
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Clock } from '../../util/clock.ts';
import { fail } from '../../util/errors.ts';
import type { Moment } from '../../util/moment.ts';
import { fromWebSocket } from './errors.ts';
import { Pings } from './pings.ts';

/** How long the parts of a message may take to become a whole one: of 1 MiB at 9 KiB/s. */
const SLOW_MS = 120_000;

export interface WebSocketConnectionOptions {
  /** Open since this turn. */
  websocket: WebSocket;
  socket: Socket;
  clock: Clock;
  /** For errors. */
  who: string;
}

export interface WebSocketConnection {
  /**
   * Hands on messages, how many bytes were read, and that a ping of that moment is answered, from here on; until then
   * nothing is read.
   */
  listen(on: {
    message(bytes: Buffer): void;
    bytes(count: number): void;
    answered(asked: Moment): void;
  }): void;
  send(text: string): void;
  /** Sends a ping, unless the last one still waits for its answer. */
  ping(): void;
  /** Why it is as good as dead, though it would have been read: undefined where it is not. */
  stalled(): string | undefined;
  /** Aborted when no more can come, with the BridgeError that says why. */
  readonly ended: AbortSignal;
  /** Ends it for that reason: no more messages. The socket stays for `farewell`. */
  end(reason: unknown): void;
  pause(): void;
  resume(): void;
  /** Reads nothing for so long (ms). */
  rest(ms: number): void;
  /** Closes it, and resolves once the device has too, or `ms` have passed. */
  farewell(ms: number): Promise<void>;
  destroy(): void;
}

export function createWebSocketConnection(options: WebSocketConnectionOptions): WebSocketConnection {
  const { websocket, socket, clock, who } = options;
  const ending = new AbortController();
  const end = (reason: unknown) => ending.abort(reason);
  let heard = false;
  /** When the last whole message, or pong, came; monotonic. */
  let wholeAt = clock.monotonic();
  const whole = () => {
    wholeAt = clock.monotonic();
  };
  let answered = (_asked: Moment) => {};
  const pings = new Pings({
    clock,
    send: payload => websocket.ping(payload),
    answered: asked => answered(asked),
    end,
  });
  websocket.on('error', error => end(fromWebSocket(error, who)));
  websocket.on('close', code => end(fail('CLOSED', `${who}: it closed the connection (${code})`)));
  websocket.on('message', whole).on('pong', whole);
  websocket.pause();
  let isPaused = false;
  let cancelRest: (() => void) | undefined;
  const goOn = () => {
    if (isPaused || cancelRest !== undefined) return;
    // Whatever the device said meanwhile is only read from here on.
    heard = true;
    whole();
    websocket.resume();
  };
  const rested = () => {
    cancelRest = undefined;
    goOn();
  };
  ending.signal.addEventListener('abort', () => cancelRest?.());
  return {
    listen(on) {
      socket.on('data', chunk => {
        heard = true;
        on.bytes(chunk.length);
      });
      websocket.on('message', bytes => {
        if (!ending.signal.aborted && Buffer.isBuffer(bytes)) on.message(bytes);
      });
      answered = on.answered;
      websocket.on('pong', payload => {
        if (!ending.signal.aborted) pings.pong(payload);
      });
      websocket.resume();
    },
    send: text => websocket.send(text),
    ping() {
      heard = false;
      pings.ping();
    },
    stalled() {
      if (websocket.isPaused) return undefined;
      if (!heard) return 'no sign of life since a ping';
      const ms = clock.monotonic() - wholeAt;
      return ms < SLOW_MS ? undefined : `no whole message within ${SLOW_MS / 1000} s, but parts of one`;
    },
    ended: ending.signal,
    end,
    pause() {
      isPaused = true;
      websocket.pause();
    },
    resume() {
      isPaused = false;
      goOn();
    },
    rest(ms) {
      if (ending.signal.aborted) return;
      websocket.pause();
      cancelRest?.();
      cancelRest = clock.after(ms, rested);
    },
    farewell: ms =>
      new Promise(resolve => {
        if (websocket.readyState === websocket.CLOSED) return resolve();
        const cancel = clock.after(ms, resolve);
        websocket.once('close', () => {
          cancel();
          resolve();
        });
        websocket.resume();
        websocket.close(1000);
      }),
    destroy: () => void socket.destroy(),
  };
}
