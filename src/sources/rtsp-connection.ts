// One RTSP connection: requests with their answers, the login, and the frames in between.
import type { Socket } from 'node:net';
import type { Authenticator } from '../protocol/digest.ts';
import {
  createRtspParser,
  formatRequest,
  header,
  type RtspRequest,
  type RtspResponse,
} from '../protocol/rtsp.ts';
import type { Clock } from '../util/clock.ts';
import { fail, fromSystem } from '../util/errors.ts';

const ANSWER_MS = 10_000;
/** The request, the answer to a first challenge, and the answer to one that calls its nonce stale. */
const ATTEMPTS = 3;

export interface RtspConnectionOptions {
  socket: Socket;
  authenticator: Authenticator;
  clock: Clock;
  /** For errors. */
  who: string;
  onFrame(channel: number, payload: Buffer): void;
  onBytes(bytes: number): void;
}

export interface RtspConnection {
  /**
   * Sends a request, answers its challenge, and resolves with the response, whatever its status.
   * Rejects with AUTH, INSECURE, UNSUPPORTED or PROTOCOL of the login, STALLED where no answer comes within 10 s (and,
   * once `patient`, nothing else either), or the reason of `ended`.
   */
  request(request: RtspRequest): Promise<RtspResponse>;
  /** Sends a request and resolves once it was answered, the connection is gone, or `ms` have passed. */
  farewell(request: RtspRequest, ms: number): Promise<void>;
  /** The realm of the login, undefined where none was asked for. */
  realm(): string | undefined;
  /** Aborted when no more can come, with the BridgeError that says why. */
  readonly ended: AbortSignal;
  /** Ends it for that reason: no more frames, every request rejects. The socket stays for `farewell`. */
  end(reason: unknown): void;
  /** From now on frames, and a pause of our own, excuse a late answer. */
  bePatient(): void;
  pause(): void;
  resume(): void;
  destroy(): void;
}

interface Waiting {
  resolve(response: RtspResponse): void;
  reject(reason: unknown): void;
}

export function createRtspConnection(options: RtspConnectionOptions): RtspConnection {
  const { socket, authenticator, clock, who } = options;
  const ending = new AbortController();
  const waiting = new Map<number, Waiting>();
  let sequence = 0;
  let patient = false;
  let heard = false;

  const end = (reason: unknown) => {
    ending.abort(reason);
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  };

  const parser = createRtspParser({
    onFrame(channel, payload) {
      if (!ending.signal.aborted) options.onFrame(channel, payload);
    },
    onResponse(response) {
      if (response.status < 200) return;
      const cseq = answeredBy(response, waiting);
      const answered = waiting.get(cseq);
      waiting.delete(cseq);
      answered?.resolve(response);
    },
  });

  const exchange = ({ method, url, headers }: RtspRequest): Promise<RtspResponse> =>
    new Promise((resolve, reject) => {
      const cseq = sequence++;
      const late = () => {
        if (patient && (heard || socket.isPaused())) {
          heard = false;
          cancel = clock.after(ANSWER_MS, late);
          return;
        }
        waiting.delete(cseq);
        reject(fail('STALLED', `${who}: no answer to ${method} within ${ANSWER_MS / 1000} s`));
      };
      let cancel = clock.after(ANSWER_MS, late);
      waiting.set(cseq, {
        resolve(response) {
          cancel();
          resolve(response);
        },
        reject(reason) {
          cancel();
          reject(reason);
        },
      });
      heard = false;
      socket.write(
        formatRequest({
          method,
          url,
          headers: { CSeq: String(cseq), 'User-Agent': 'axis2mqtt', ...headers },
        }),
      );
    });

  const authorized = (
    { method, url, headers }: RtspRequest,
    authorization: string | undefined,
  ): RtspRequest => ({
    method,
    url,
    headers: { ...headers, Authorization: authorization },
  });

  socket.on('data', chunk => {
    heard = true;
    options.onBytes(chunk.length);
    try {
      parser.push(chunk);
    } catch (error) {
      end(fromSystem(error, who));
    }
  });
  socket.on('error', error => end(fromSystem(error, who)));
  socket.on('close', () => end(fail('CLOSED', `${who}: it closed the connection`)));

  return {
    realm: () => authenticator.realm,
    ended: ending.signal,
    end,
    async request(request) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        ending.signal.throwIfAborted();
        const authorization = authenticator.authorize({ method: request.method, uri: request.url });
        const response = await exchange(authorized(request, authorization));
        if (response.status !== 401) return response;
        authenticator.challenge(response.headers.get('www-authenticate') ?? [], { authorization });
      }
      throw fail('AUTH', `${who}: it asks for the login again and again`);
    },
    farewell: (request, ms) =>
      new Promise(resolve => {
        const cancel = clock.after(ms, resolve);
        const done = () => {
          cancel();
          resolve();
        };
        socket.once('close', done);
        if (socket.destroyed) return done();
        socket.resume();
        exchange(
          authorized(request, authenticator.authorize({ method: request.method, uri: request.url })),
        ).then(done, done);
      }),
    bePatient() {
      patient = true;
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    destroy() {
      end(fail('CLOSED', `${who}: the connection was ended`));
      socket.destroy();
    },
  };
}

/** The request that a response answers: by its CSeq, or the oldest where it says none. */
function answeredBy(response: RtspResponse, waiting: ReadonlyMap<number, unknown>): number {
  const [first = -1] = waiting.keys();
  return Number(header(response, 'CSeq') ?? first);
}
