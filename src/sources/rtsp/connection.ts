// One RTSP connection: requests with their answers, the login, and the frames in between.
import type { Socket } from 'node:net';
import type { Authenticator } from '../../protocol/digest.ts';
import { createRtspParser, formatRequest, type RtspRequest, type RtspResponse } from '../../protocol/rtsp.ts';
import { own } from '../../protocol/text.ts';
import type { Clock } from '../../util/clock.ts';
import { fail, fromSystem, isBridgeError } from '../../util/errors.ts';
import type { Log } from '../../util/log.ts';
import type { Steps } from '../../util/steps.ts';
import type { Logins } from '../../vapix/logins.ts';
import { createTurns } from '../turns.ts';
import { createRtspAnswers } from './answers.ts';
import { RtspIntake } from './intake.ts';

/** The request, the answer to a first challenge, and the answer to one that calls its nonce stale. */
const ATTEMPTS = 3;
/** All of RTSP wants one right: what the account's logins know it by. */
const LOGIN = 'rtsp';

export interface RtspConnectionOptions {
  socket: Socket;
  authenticator: Authenticator;
  logins: Logins;
  clock: Clock;
  log: Log;
  /** For errors. */
  who: string;
  onFrame(channel: number, payload: Buffer): void;
  onBytes(bytes: number): void;
}

export interface RtspConnection {
  /**
   * Sends a request, answers its challenge, and resolves with the response, whatever its status.
   * Rejects with AUTH, INSECURE, UNSUPPORTED or PROTOCOL of the login, STALLED where no answer comes within 10 s (and,
   * once `patient`, nothing else either), or the reason of `end`.
   */
  request(request: RtspRequest): Promise<RtspResponse>;
  /** Sends a request and resolves once it was answered, the connection is gone, or `ms` have passed. */
  farewell(request: RtspRequest, ms: number): Promise<void>;
  /** The realm of the login, undefined where none was asked for. */
  realm(): string | undefined;
  /** Resolves after `ms`, or at once when it has ended. One at a time. */
  rest(ms: number): Promise<void>;
  /** Ends it for that reason: no more frames, every request rejects. The socket stays for `farewell`. */
  end(reason: unknown): void;
  /** From now on frames, and a pause of our own, excuse a late answer. */
  bePatient(): void;
  pause(): void;
  resume(): void;
  /** From `onFrame` only: does this, step by step, before more is read. */
  defer(task: Steps<void>): void;
  /** Whether something is deferred. */
  isBusy(): boolean;
  destroy(): void;
}

export function createRtspConnection(options: RtspConnectionOptions): RtspConnection {
  const { socket, authenticator, logins, who } = options;
  let over: { reason: unknown } | undefined;
  let wake = () => {};
  let sequence = 0;
  let patient = false;
  let heard = false;

  const excused = () => {
    const alive = heard || socket.isPaused();
    heard = false;
    return patient && alive;
  };
  const answers = createRtspAnswers({ clock: options.clock, who, excused });

  const end = (reason: unknown) => {
    over ??= { reason };
    intake.end();
    answers.abandon(reason);
    wake();
  };

  // No AbortSignal: it would cost each idle device more than the parser does.
  const rest = (ms: number): Promise<void> =>
    new Promise(resolve => {
      if (over !== undefined) return resolve();
      const cancel = options.clock.after(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });

  const send = (
    { method, url, headers }: RtspRequest,
    authorization: string | undefined,
  ): Promise<RtspResponse> => {
    const cseq = sequence++;
    const always = { CSeq: String(cseq), 'User-Agent': 'axis2mqtt', Authorization: authorization };
    heard = false;
    socket.write(formatRequest({ method, url, headers: { ...always, ...headers } }));
    return answers.expect(cseq, method);
  };

  const authorize = ({ method, url }: RtspRequest) => authenticator.authorize({ method, uri: url });

  const take = (refused: RtspResponse, authorization: string | undefined) => {
    if (authorization !== undefined) logins.refused();
    logins.admit(LOGIN, who);
    try {
      // The login keeps a challenge, and must not keep the answer with it.
      authenticator.challenge(refused.headers.get('www-authenticate')?.map(own) ?? [], { authorization });
    } catch (error) {
      if (!isBridgeError(error) || error.code !== 'AUTH') throw error;
      throw logins.rest(LOGIN, `${who}: ${error.message}`);
    }
  };

  const request = async (wanted: RtspRequest): Promise<RtspResponse> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (over !== undefined) throw over.reason;
      const authorization = authorize(wanted);
      const response = await send(wanted, authorization);
      if (response.status === 401) {
        take(response, authorization);
        continue;
      }
      // What bears a login unasked, as pings do, may be answered without a look at it.
      if (attempt > 0 && response.status < 400) logins.accepted(LOGIN);
      return response;
    }
    throw fail('AUTH', `${who}: it asks for the login again and again`);
  };

  const farewell = (last: RtspRequest, ms: number): Promise<void> =>
    new Promise(resolve => {
      if (socket.destroyed) return resolve();
      const cancel = options.clock.after(ms, resolve);
      const done = () => {
        cancel();
        resolve();
      };
      socket.once('close', done).resume();
      send(last, authorize(last)).then(done, done);
    });

  const onFrame = (channel: number, payload: Buffer) => {
    if (over === undefined) options.onFrame(channel, payload);
  };
  const parser = createRtspParser({ onResponse: answers.take, onFrame });
  const read = (piece: Buffer) => {
    heard = true;
    options.onBytes(piece.length);
    try {
      parser.push(piece);
    } catch (error) {
      end(fromSystem(error, who));
    }
  };
  const intake = new RtspIntake({ socket, clock: options.clock, turns: createTurns(options, end), read });
  socket.on('error', error => end(fromSystem(error, who)));
  socket.on('close', () => end(fail('CLOSED', `${who}: it closed the connection`)));

  return {
    request,
    farewell,
    realm: () => authenticator.realm,
    rest,
    end,
    bePatient() {
      patient = true;
    },
    pause: () => intake.pause(),
    resume: () => intake.resume(),
    defer: task => intake.defer(task),
    isBusy: () => intake.isBusy(),
    destroy() {
      end(fail('CLOSED', `${who}: the connection was ended`));
      socket.destroy();
    },
  };
}
