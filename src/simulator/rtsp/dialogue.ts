// The talk on one RTSP connection: each request through refusals and login to its method, and the answer out.
import type { Socket } from 'node:net';
import type { Core } from '../core.ts';
import { countLogin, countRequest } from '../stats.ts';
import { type Answer, writeAnswer } from './answer.ts';
import { metadataDocument } from './metadata.ts';
import { METHODS } from './methods.ts';
import { createRequestParser, type RtspRequest } from './request.ts';
import { isReceiverReport } from './rtcp.ts';
import { createSession, type Session } from './session.ts';
import type { Wire } from './wire.ts';

export interface Dialogue {
  readonly session: Session | undefined;
  /** Takes the bytes of the client as they come. */
  read(chunk: Buffer): void;
  end(): void;
}

const KEEP_ALIVES = ['OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER'];

export function createDialogue(core: Core, socket: Socket, wire: Wire): Dialogue {
  const { settings, stats } = core;
  let session: Session | undefined;

  function onRequest(request: RtspRequest): void {
    const { method, url } = request;
    const named = request.headers.get('session')?.split(';')[0]?.trim();
    const keepAlive = session?.playing === true && KEEP_ALIVES.includes(method);
    countRequest(stats, 'rtsp', { method, line: `${method} ${url}` }, settings.seenLimit);
    if (keepAlive) stats.keepAlives[named ? 'withSession' : 'withoutSession'] += 1;
    const answer = refuse(core, request, keepAlive) ?? login(core, request) ?? serve(request, named);
    if (answer instanceof Promise)
      answer.then(
        ready => write(request, ready),
        () => write(request, { status: 500 }),
      );
    else write(request, answer);
  }

  function serve(request: RtspRequest, named: string | undefined): Answer | Promise<Answer> {
    const method = METHODS[request.method];
    if (!method) return { status: 405, headers: { Allow: Object.keys(METHODS).join(', ') } };
    if (named !== undefined && named !== session?.id) return { status: 454 };
    if (named !== undefined && request.method !== 'TEARDOWN') session?.touch();
    const address = socket.remoteAddress ?? '';
    const isOver = () => socket.destroyed;
    return method({ core, request, address, session, openSession, closeSession, isOver });
  }

  function openSession(): Session {
    session ??= createSession(core, wire, () => {
      stats.timeouts += 1;
      socket.destroy();
    });
    return session;
  }

  function closeSession(): void {
    session?.end();
    session = undefined;
  }

  function write(request: RtspRequest, answer: Answer): void {
    const shown = session ? { session: session.header } : {};
    const bytes = writeAnswer(answer, { cseq: request.headers.get('cseq'), date: date(core), ...shown });
    const split = settings.oddities.answerMidDocument && session?.playing && !answer.after;
    const [first, ...rest] = split ? (session?.frames(metadataDocument([], settings.oddities)) ?? []) : [];
    wire.write(...(first ? [first] : []), bytes, ...rest);
    answer.after?.();
  }

  function onPacket(packet: Buffer): void {
    if (!session || !isReceiverReport(packet)) return;
    stats.keepAlives.receiverReports += 1;
    session.touch();
  }

  function onNonsense(): void {
    wire.write(writeAnswer({ status: 400 }, { cseq: undefined, date: date(core) }));
    socket.end();
  }

  return {
    get session() {
      return session;
    },
    read: createRequestParser({ onRequest, onPacket, onNonsense }),
    end: closeSession,
  };
}

/** The answer to a request that is malformed, or that the faults of the moment refuse. */
function refuse(core: Core, { method, url, version, headers }: RtspRequest, keepAlive: boolean) {
  if (version !== 'RTSP/1.0') return { status: 505 };
  if (!/^\d+$/.test(headers.get('cseq') ?? '')) return { status: 400 };
  const refusal = core.faults.meet('rtsp', { method, path: url, keepAlive });
  if (!refusal) return undefined;
  if (refusal.status === 401) return unauthorized(core, false);
  const retry = refusal.retryAfter;
  return {
    status: refusal.status,
    ...(retry === undefined ? {} : { headers: { 'Retry-After': `${retry}` } }),
  };
}

/** The 401 of a request without a right login; OPTIONS needs none, as captured (PROTOCOLS 1.3). */
function login(core: Core, { method, url, headers }: RtspRequest): Answer | undefined {
  if (method === 'OPTIONS' && !core.settings.oddities.optionsNeedLogin) return undefined;
  const verdict = core.gates.rtsp.check(method, digestTarget(url, headers), headers.get('authorization'));
  countLogin(core.stats, verdict);
  return verdict === 'ok' ? undefined : unauthorized(core, verdict === 'stale');
}

/** Devices take a digest of the session's URL in the place of the request's (PROTOCOLS 1.3). */
function digestTarget(url: string, headers: RtspRequest['headers']): string {
  const whole = url.replace(/\/stream=\d+(?=\?|$)/, '');
  return headers.get('authorization')?.includes(`uri="${whole}"`) ? whole : url;
}

function unauthorized(core: Core, stale: boolean): Answer {
  const texts = core.gates.rtsp.challenges(stale);
  const fold = (text: string) => text.replaceAll(', ', ',\r\n  ');
  const folded = core.settings.auth.rtsp.folded;
  return { status: 401, headers: { 'WWW-Authenticate': folded ? texts.map(fold) : texts } };
}

function date(core: Core): string {
  return new Date(core.now()).toUTCString();
}
