// RTSP on one byte stream (RFC 2326): responses and interleaved frames in, requests out.
import { fail } from '../util/errors.ts';

export interface RtspResponse {
  status: number;
  reason: string;
  /** By lower-case name; a repeated header has several values. */
  headers: ReadonlyMap<string, readonly string[]>;
  body: Buffer;
}

export interface RtspParserOptions {
  onResponse(response: RtspResponse): void;
  /** An interleaved frame (RFC 2326 §10.12). `payload` shares the chunk's memory: keep no part of it. */
  onFrame(channel: number, payload: Buffer): void;
}

export interface RtspParser {
  /** Takes the next bytes, split anywhere, and keeps none of their memory. Throws PROTOCOL where they make no sense or are past the bounds. */
  push(chunk: Buffer): void;
}

const MAX_HEAD = 16 * 1024;
const MAX_HEADERS = 100;
const MAX_BODY = 256 * 1024;
const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
const FRAME_HEAD = 4;
const NO_BODY = Buffer.alloc(0);

/** A header section that has ended, waiting for its body. */
interface Head {
  /** Undefined for a request of the server's own, which is read over. */
  response: RtspResponse | undefined;
  bodyBytes: number;
}

/** A parser for one connection. It copies bytes only where a message is split over chunks. */
export function createRtspParser({ onResponse, onFrame }: RtspParserOptions): RtspParser {
  let kept: Buffer[] = [];
  let keptBytes = 0;
  /** With fewer bytes than this, another try at what is kept is in vain. */
  let needed = 1;
  let head: Head | undefined;

  /** Reads one message at `at`; returns where the next begins, or -1 with `needed` set. */
  const step = (bytes: Buffer, at: number): number => {
    if (head !== undefined) return body(bytes, at, head);
    const first = bytes[at];
    if (first === DOLLAR) return frame(bytes, at);
    if (first === CR || first === LF) return at + 1;
    return headers(bytes, at);
  };

  const frame = (bytes: Buffer, at: number): number => {
    const have = bytes.length - at;
    const size = have < FRAME_HEAD ? FRAME_HEAD : FRAME_HEAD + bytes.readUInt16BE(at + 2);
    if (have < size) return wait(size);
    onFrame(bytes.readUInt8(at + 1), bytes.subarray(at + FRAME_HEAD, at + size));
    return at + size;
  };

  const headers = (bytes: Buffer, at: number): number => {
    const end = endOfHead(bytes, at);
    if ((end < 0 ? bytes.length : end) - at > MAX_HEAD)
      throw fail('PROTOCOL', `a header of more than ${MAX_HEAD} bytes`);
    if (end < 0) return incomplete(bytes, at);
    head = readHead(bytes.toString('latin1', at, end));
    return end;
  };

  const body = (bytes: Buffer, at: number, { response, bodyBytes }: Head): number => {
    if (bytes.length - at < bodyBytes) return wait(bodyBytes);
    head = undefined;
    if (response !== undefined) {
      // A copy: the chunk goes, the description may stay.
      onResponse({
        ...response,
        body: bodyBytes === 0 ? NO_BODY : Buffer.from(bytes.subarray(at, at + bodyBytes)),
      });
    }
    return at + bodyBytes;
  };

  const incomplete = (bytes: Buffer, at: number): number => {
    if (!startsLikeHead(bytes, at)) throw fail('PROTOCOL', 'what it sends is no RTSP');
    return wait(bytes.length - at + 1);
  };

  const wait = (bytes: number): number => {
    needed = bytes;
    return -1;
  };

  const read = (bytes: Buffer): void => {
    let at = 0;
    needed = 1;
    while (at < bytes.length || (head !== undefined && head.bodyBytes === 0)) {
      const next = step(bytes, at);
      if (next < 0) {
        kept = [Buffer.from(bytes.subarray(at))];
        keptBytes = bytes.length - at;
        return;
      }
      at = next;
    }
  };

  return {
    push(chunk) {
      if (keptBytes === 0) return read(chunk);
      kept.push(Buffer.from(chunk));
      keptBytes += chunk.length;
      if (keptBytes < needed) return;
      const bytes = Buffer.concat(kept, keptBytes);
      kept = [];
      keptBytes = 0;
      read(bytes);
    },
  };
}

export interface RtspRequest {
  method: string;
  url: string;
  headers: Readonly<Record<string, string | undefined>>;
}

/** A request's bytes as text; a header without value is left out. */
export function formatRequest({ method, url, headers }: RtspRequest): string {
  let text = `${method} ${url} RTSP/1.0\r\n`;
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}

/** The first value of a response's header. */
export function header(response: RtspResponse, name: string): string | undefined {
  return response.headers.get(name.toLowerCase())?.[0];
}

/** Behind the blank line that ends a header section (CRLF, or LF alone), -1 where it is not there yet. */
function endOfHead(bytes: Buffer, at: number): number {
  for (let line = bytes.indexOf(LF, at); line >= 0; line = bytes.indexOf(LF, line + 1)) {
    if (bytes[line + 1] === LF) return line + 2;
    if (bytes[line + 1] === CR && bytes[line + 2] === LF) return line + 3;
    if (line - at > MAX_HEAD) return -1;
  }
  return -1;
}

/** A response's `RTSP/`, or a method of the server's own request: capital letters, and no more of them than any has. */
function startsLikeHead(bytes: Buffer, at: number): boolean {
  return /^[A-Z_]{1,16}($|[ /])/.test(bytes.toString('latin1', at, at + 17));
}

function readHead(text: string): Head {
  // A line that begins with a blank goes on with the one before (RFC 2326 §4.2, as in HTTP).
  const [start = '', ...lines] = text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const status = /^RTSP\/\d\.\d (\d{3})(?: (.*))?$/.exec(start.trimEnd());
  if (status === null && !/^[A-Z_]+ \S+ RTSP\/\d\.\d$/.test(start))
    throw fail('PROTOCOL', 'what it sends is no RTSP');
  const headers = readHeaders(lines);
  const length = headers.get('content-length')?.[0] ?? '0';
  const bodyBytes = /^\d{1,9}$/.test(length) ? Number(length) : Number.NaN;
  if (!(bodyBytes <= MAX_BODY))
    throw fail('PROTOCOL', `a body of ${JSON.stringify(length.slice(0, 20))} bytes`);
  const response = status && { status: Number(status[1]), reason: status[2] ?? '', headers, body: NO_BODY };
  return { response: response ?? undefined, bodyBytes };
}

function readHeaders(lines: readonly string[]): Map<string, string[]> {
  if (lines.length > MAX_HEADERS) throw fail('PROTOCOL', `more than ${MAX_HEADERS} headers`);
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [value]);
    else values.push(value);
  }
  return headers;
}
