// A bare RTSP client for the tests: own parser, own digest, no line shared with the simulator or the bridge.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../../../src/util/clock.ts';

export interface Response {
  status: number;
  headers: [string, string][];
  body: string;
  /** Interleaved frames that had come before it. */
  framesBefore: number;
}

export interface Packet {
  channel: number;
  bytes: Buffer;
}

export interface Client {
  socket: Socket;
  packets: Packet[];
  closed: Promise<void>;
  /** The sizes of the reads. */
  reads: number[];
  ask(method: string, url: string, headers?: Record<string, string>): Promise<Response>;
  /** Waits until this is so, at most 10 s. */
  until(met: () => boolean): Promise<void>;
  /** The documents that have come, put together up to the marker. */
  documents(): string[];
  close(): void;
}

export const EVENTS = '/axis-media/media.amp?video=0&audio=0&event=on';

export async function connectRtsp(
  port: number,
  options: { tls?: boolean; host?: string } = {},
): Promise<Client> {
  const host = options.host ?? '127.0.0.1';
  const socket = options.tls ? connectTls({ port, host, rejectUnauthorized: false }) : connect(port, host);
  await once(socket, options.tls ? 'secureConnect' : 'connect');
  const packets: Packet[] = [];
  const reads: number[] = [];
  const waiting: ((response: Response) => void)[] = [];
  let pending = Buffer.alloc(0);
  let cseq = 0;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    reads.push(chunk.length);
    pending = Buffer.concat([pending, chunk]);
    for (let taken = 1; taken > 0; pending = pending.subarray(taken)) {
      taken = pending[0] === 0x24 ? takeFrame(pending, packets) : takeResponse(pending, packets, waiting);
    }
  });
  return {
    socket,
    packets,
    reads,
    closed: new Promise(resolve => socket.once('close', () => resolve())),
    ask(method, url, headers = {}) {
      const lines = [`${method} ${url} RTSP/1.0`, `CSeq: ${cseq++}`];
      for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
      return new Promise((resolve, reject) => {
        waiting.push(resolve);
        socket.once('close', () => reject(new Error('closed')));
      });
    },
    async until(met) {
      const end = Date.now() + 60_000;
      while (!met()) {
        if (Date.now() > end) throw new Error(`waited in vain for ${met}`);
        await new Promise(resolve => setTimeout(resolve, 2));
      }
    },
    documents: () => documentsOf(packets),
    close: () => socket.destroy(),
  };
}

/** Logs in and starts the stream; gives the Session id. */
export async function play(
  client: Client,
  options: {
    port: number;
    path?: string;
    scheme?: string;
    headers?: Record<string, string>;
    password?: string;
  },
): Promise<string> {
  const url = `${options.scheme ?? 'rtsp'}://127.0.0.1:${options.port}${options.path ?? EVENTS}`;
  const login = async (method: string, target: string, headers: Record<string, string> = {}) => {
    const first = await client.ask(method, target, headers);
    if (first.status !== 401) return first;
    const password = options.password ?? 'pass';
    const authorization = authorize(header(first, 'www-authenticate') ?? '', {
      method,
      uri: target,
      password,
    });
    return client.ask(method, target, { ...headers, Authorization: authorization });
  };
  const described = await login('DESCRIBE', url, { Accept: 'application/sdp' });
  if (described.status !== 200) throw new Error(`DESCRIBE ${described.status}`);
  const media = described.body.slice(described.body.indexOf('m=application'));
  const control = /a=control:(\S+)/.exec(media)?.[1] ?? '';
  const base = header(described, 'content-base') ?? '';
  const setup = await login('SETUP', control.startsWith('rtsp') ? control : base + control, {
    Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1',
    ...options.headers,
  });
  const session = header(setup, 'session')?.split(';')[0] ?? '';
  const playing = await login('PLAY', url, { Session: session });
  if (playing.status !== 200) throw new Error(`PLAY ${playing.status}`);
  return session;
}

export interface DigestParts {
  method: string;
  uri: string;
  username?: string;
  password?: string;
  nc?: string;
}

/** The Authorization for the first Digest challenge of the header's text (RFC 7616, or RFC 2069 without qop). */
export function authorize(challenge: string, parts: DigestParts): string {
  const param = (name: string) => new RegExp(`${name}="?([^",]+)`).exec(challenge)?.[1];
  const { method, uri, username = 'root', password = 'pass', nc = '00000001' } = parts;
  const hash = (text: string) =>
    createHash(param('algorithm') === 'SHA-256' ? 'sha256' : 'md5')
      .update(text)
      .digest('hex');
  const account = hash(`${username}:${param('realm')}:${password}`);
  const request = hash(`${method}:${uri}`);
  const fresh = param('qop') ? `:${nc}:0a4f113b:auth` : '';
  const response = hash(`${account}:${param('nonce')}${fresh}:${request}`);
  const extra = fresh ? `, qop=auth, nc=${nc}, cnonce="0a4f113b"` : '';
  const named = param('algorithm') ? `, algorithm=${param('algorithm')}` : '';
  return (
    `Digest username="${username}", realm="${param('realm')}", nonce="${param('nonce')}", ` +
    `uri="${uri}", response="${response}"${extra}${named}`
  );
}

export function header(response: Response, name: string): string | undefined {
  return response.headers.find(([key]) => key === name)?.[1];
}

export function headers(response: Response, name: string): string[] {
  return response.headers.filter(([key]) => key === name).map(([, value]) => value);
}

/** A clock that moves only by hand. */
export function manualClock(
  start = 1_700_000_000_000,
): Clock & { advance(ms: number): void; pending: number } {
  let now = start;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => now,
    monotonic: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter(other => other !== timer);
      };
    },
    advance(ms) {
      const end = now + ms;
      for (let due = next(); due; due = next()) {
        now = due.at;
        timers = timers.filter(other => other !== due);
        due.callback();
      }
      now = end;
      function next() {
        return timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      }
    },
    get pending() {
      return timers.length;
    },
  };
}

function takeFrame(bytes: Buffer, packets: Packet[]): number {
  if (bytes.length < 4 || bytes.length < 4 + bytes.readUInt16BE(2)) return 0;
  const end = 4 + bytes.readUInt16BE(2);
  packets.push({ channel: bytes[1] ?? 0, bytes: Buffer.from(bytes.subarray(4, end)) });
  return end;
}

function takeResponse(bytes: Buffer, packets: Packet[], waiting: ((response: Response) => void)[]): number {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return 0;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split(/\r\n(?![ \t])/);
  const all = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const length = Number(all.find(([name]) => name === 'content-length')?.[1] ?? 0);
  if (bytes.length < end + 4 + length) return 0;
  const body = bytes.toString('utf8', end + 4, end + 4 + length);
  waiting.shift()?.({
    status: Number(first.split(' ')[1]),
    headers: all,
    body,
    framesBefore: packets.length,
  });
  return end + 4 + length;
}

function documentsOf(packets: readonly Packet[]): string[] {
  const documents: string[] = [];
  let parts: Buffer[] = [];
  for (const { bytes } of packets) {
    if (((bytes[1] ?? 0) & 0x7f) !== 98) continue;
    const flags = bytes[0] ?? 0;
    const fixed = 12 + 4 * (flags & 0x0f);
    const extension = flags & 0x10 ? 4 + 4 * bytes.readUInt16BE(fixed + 2) : 0;
    const padding = flags & 0x20 ? (bytes.at(-1) ?? 0) : 0;
    parts.push(bytes.subarray(fixed + extension, bytes.length - padding));
    if (((bytes[1] ?? 0) & 0x80) === 0) continue;
    documents.push(Buffer.concat(parts).toString('utf8'));
    parts = [];
  }
  return documents;
}
