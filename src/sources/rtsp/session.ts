// The RTSP dialogue (PROTOCOLS 1.3 to 1.5): describe, set up, play, keep alive, tear down.
import { header, type RtspResponse } from '../../protocol/rtsp.ts';
import { type MetadataTrack, readMetadataTrack } from '../../protocol/sdp.ts';
import { own } from '../../protocol/text.ts';
import type { Clock } from '../../util/clock.ts';
import { type ErrorCode, fail } from '../../util/errors.ts';
import { type Moment, momentOf } from '../../util/moment.ts';
import { standstill } from '../standstill.ts';
import type { RtspConnection } from './connection.ts';

/** Silence has to be noticed within 30 s: a ping each 10 s, and 10 s for its answer. */
const MAX_PING_S = 10;
const DEFAULT_TIMEOUT_S = 60;
const TEARDOWN_MS = 100;
/** How a device may say that it does not like the topic filter: not confirmed which (PROTOCOLS 1.9). */
const FILTER_REFUSED = new Set([400, 404, 451]);
const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  453: 'BUSY',
  454: 'CLOSED',
  461: 'UNSUPPORTED',
  503: 'BUSY',
};

export interface RtspSession {
  id: string;
  /** As the device said it last. */
  timeoutSeconds: number;
  /** Of the stream as a whole. */
  url: string;
  /** The channel of the RTP frames, RTCP has the next one. */
  channel: number;
}

/**
 * Describes the first of `urls` that the device takes, and sets its metadata stream up over TCP.
 * Rejects with what the connection rejects with, and the code of a refusing status; UNSUPPORTED without metadata.
 */
export async function setUp(connection: RtspConnection, urls: readonly string[]): Promise<RtspSession> {
  const track = await describe(connection, urls);
  const response = await ask(connection, 'SETUP', track.url, {
    Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1',
    // Asks for large packets: one document is then one packet (PROTOCOLS 1.3).
    Blocksize: '64000',
  });
  const { id, timeoutSeconds = DEFAULT_TIMEOUT_S } = readSession(response);
  if (id === undefined) throw fail('PROTOCOL', 'its answer to SETUP names no session');
  // Of the answers nothing else is kept: a session lives for months.
  return { id: own(id), timeoutSeconds, url: own(track.aggregateUrl), channel: readChannel(response) };
}

/** Starts the stream; gives the Date that the device says. */
export async function play(connection: RtspConnection, session: RtspSession): Promise<string | undefined> {
  const response = await ask(connection, 'PLAY', session.url, { Session: session.id, Range: 'npt=now-' });
  refresh(session, response);
  const date = header(response, 'Date');
  return date && own(date);
}

export interface KeepAliveOptions {
  connection: RtspConnection;
  session: RtspSession;
  clock: Clock;
  /** A ping that was sent at that moment is answered. */
  answered(asked: Moment): void;
}

/** Pings until the connection has ended, and rejects with the reason: its end, a lost session, no answer, a standstill. */
export async function keepAlive({ connection, session, clock, answered }: KeepAliveOptions): Promise<never> {
  for (let last = momentOf(clock); ; ) {
    await connection.rest(1000 * pingInterval(session.timeoutSeconds));
    const asked = momentOf(clock);
    await ping(connection, session);
    const still = standstill(last, clock);
    if (still !== undefined) throw still;
    answered(asked);
    last = asked;
  }
}

/** A function of its own, so that no answer is kept while the next one is waited for. */
async function ping(connection: RtspConnection, session: RtspSession): Promise<void> {
  const headers = { Session: session.id };
  const response = await connection.request({ method: 'OPTIONS', url: session.url, headers });
  // Any other answer shows that the device is there.
  if (response.status === 454) check(response, 'OPTIONS');
  refresh(session, response);
}

/** Tells the device to forget the session; bounded in time. */
export function tearDown(connection: RtspConnection, session: RtspSession): Promise<void> {
  const headers = { Session: session.id };
  return connection.farewell({ method: 'TEARDOWN', url: session.url, headers }, TEARDOWN_MS);
}

/** Seconds between pings: well within the session's timeout, which may be very short (PROTOCOLS 1.5). */
export function pingInterval(timeoutSeconds: number): number {
  return Math.min(MAX_PING_S, Math.max(1, Math.min(timeoutSeconds - 5, timeoutSeconds / 2)));
}

async function describe(connection: RtspConnection, urls: readonly string[]): Promise<MetadataTrack> {
  const [url = '', ...others] = urls;
  const response = await connection.request({
    method: 'DESCRIBE',
    url,
    headers: { Accept: 'application/sdp' },
  });
  if (others.length > 0 && FILTER_REFUSED.has(response.status)) return describe(connection, others);
  check(response, 'DESCRIBE');
  const base = header(response, 'Content-Base') ?? header(response, 'Content-Location') ?? url;
  return readMetadataTrack(response.body.toString('utf8'), base);
}

async function ask(
  connection: RtspConnection,
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<RtspResponse> {
  const response = await connection.request({ method, url, headers });
  check(response, method);
  return response;
}

/** Throws for any status but success. A redirect is never followed: it would take the login elsewhere. */
function check(response: RtspResponse, method: string): void {
  const { status, reason } = response;
  if (status < 300) return;
  const code = status < 400 ? 'REDIRECT' : (STATUS_CODES[status] ?? 'REFUSED');
  const retryAfter = /^\d{1,6}$/.exec(header(response, 'Retry-After') ?? '')?.[0];
  const options = retryAfter === undefined ? {} : { retryAfter: Number(retryAfter) };
  throw fail(code, `${method} was answered ${status} ${reason.slice(0, 80)}`.trim(), options);
}

function refresh(session: RtspSession, response: RtspResponse): void {
  session.timeoutSeconds = readSession(response).timeoutSeconds ?? session.timeoutSeconds;
}

/** `ghLlkf_I9pCBP24t;timeout=60` (RFC 2326 §12.37). */
function readSession(response: RtspResponse): { id: string | undefined; timeoutSeconds: number | undefined } {
  const text = header(response, 'Session') ?? '';
  const timeout = /;\s*timeout\s*=\s*(\d{1,6})\s*(?:;|$)/i.exec(text)?.[1];
  const id = text.split(';', 1)[0]?.trim();
  return { id: id || undefined, timeoutSeconds: timeout === undefined ? undefined : Number(timeout) };
}

function readChannel(response: RtspResponse): number {
  const channel = /interleaved\s*=\s*(\d{1,3})/i.exec(header(response, 'Transport') ?? '')?.[1];
  if (channel === undefined)
    throw fail('UNSUPPORTED', 'it does not send its stream over the RTSP connection');
  return Number(channel);
}
