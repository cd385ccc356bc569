// A raw TCP server that takes WebSocket upgrades as a test says, frame by frame, and records what it was asked.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { DeviceAddress } from '../../src/vapix/address.ts';
import { scriptedAddress } from './scripted-rtsp.ts';

export interface UpgradeRequest {
  /** Path and query. */
  target: string;
  /** By lower-case name. */
  headers: ReadonlyMap<string, string>;
}

export interface Frame {
  opcode: number;
  payload: Buffer;
}

export interface ScriptedWebSocket {
  address: DeviceAddress;
  requests: UpgradeRequest[];
  /** What the client sent once it was connected, unmasked. */
  frames: Frame[];
  /** Writes to the connection that was opened last. */
  send(bytes: Buffer): void;
  /** The connection that was opened last. */
  socket(): Socket;
  /** How many are open. */
  connections(): number;
}

export interface Script {
  /** The answer to an HTTP request; default: the login of a device, then the upgrade. */
  answer?(request: UpgradeRequest): string | Buffer | undefined;
  /** The answer to a frame; default: the acknowledgement of a request, the pong of a ping, the end of an end. */
  reply?(frame: Frame): Buffer | undefined;
  /** Answers to HTTP requests come byte by byte. */
  dripping?: boolean;
}

export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

export async function serveWebSocket(
  t: Pick<TestContext, 'after'>,
  { answer = login, reply = deviceReply, dripping = false }: Script = {},
): Promise<ScriptedWebSocket> {
  const requests: UpgradeRequest[] = [];
  const frames: Frame[] = [];
  const sockets: Socket[] = [];
  const server = createServer(socket => {
    sockets.push(socket.setNoDelay(true).on('error', () => undefined));
    const write = (bytes: string | Buffer | undefined) => {
      if (bytes !== undefined && socket.writable) socket.write(bytes);
    };
    let upgraded = false;
    let pending = Buffer.alloc(0);
    const take = (): boolean => {
      const taken = upgraded ? takeFrame(pending) : takeRequest(pending);
      if (taken === undefined) return false;
      pending = pending.subarray(taken.length);
      if ('frame' in taken) {
        frames.push(taken.frame);
        write(reply(taken.frame));
      } else {
        requests.push(taken.request);
        const answered = answer(taken.request);
        upgraded = answered?.toString('latin1').startsWith('HTTP/1.1 101') === true;
        if (dripping) void drip(write, answered);
        else write(answered);
      }
      return true;
    };
    socket.on('data', chunk => {
      pending = Buffer.concat([pending, chunk]);
      while (take());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const last = () => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error('nobody has connected');
    return socket;
  };
  const address = scriptedAddress(554, { port });
  const connections = () => sockets.filter(({ closed }) => !closed).length;
  const send = (bytes: Buffer) => void last().write(bytes);
  return { address, requests, frames, socket: last, send, connections };
}

async function drip(write: (bytes: Buffer) => void, text: string | Buffer = ''): Promise<void> {
  for (const byte of Buffer.from(text)) {
    write(Buffer.from([byte]));
    await setImmediate();
  }
}

export const CHALLENGE =
  'WWW-Authenticate: Digest realm="AXIS_ACCC8E012345", nonce="0a4f", algorithm=MD5, stale=FALSE, qop="auth"';

/** Any login is right; there is nothing but the stream. */
export function login(request: UpgradeRequest): string {
  if (!request.target.startsWith('/vapix/ws-data-stream?')) return httpAnswer('404 Not Found');
  return request.headers.has('authorization')
    ? upgradeAnswer(request)
    : httpAnswer('401 Unauthorized', [CHALLENGE]);
}

export function httpAnswer(status: string, headers: readonly string[] = [], body = ''): string {
  const all = [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${Buffer.byteLength(body)}`];
  return `${all.join('\r\n')}\r\n\r\n${body}`;
}

/** RFC 6455 §4.2.2. */
export function upgradeAnswer({ headers }: UpgradeRequest): string {
  const key = `${headers.get('sec-websocket-key')}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  const lines = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
  return `HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\nDate: Sat, 12 Dec 2020 10:44:25 GMT\r\n\r\n`;
}

/** What a device replies to a frame. */
export function deviceReply({ opcode, payload }: Frame): Buffer | undefined {
  if (opcode === PING) return frame(payload, PONG);
  if (opcode === CLOSE) return frame(payload, CLOSE);
  return opcode === TEXT ? frame(acknowledgement()) : undefined;
}

export function acknowledgement(): string {
  return '{"apiVersion":"1.0","context":"axis2mqtt","method":"events:configure","data":{}}';
}

export function refusal(code: number): string {
  return `{"apiVersion":"1.0","context":"axis2mqtt","method":"events:configure","error":{"code":${code},"message":"no"}}`;
}

/** The message that this port has that state. */
export function portMessage(port: string, state = '1'): string {
  const message = { source: { port }, key: {}, data: { state } };
  const notification = { topic: 'tns1:Device/tnsaxis:IO/Port', timestamp: 1_795_334_400_123, message };
  return JSON.stringify({ apiVersion: '1.0', method: 'events:notify', params: { notification } });
}

/** A frame of a server (RFC 6455 §5.2); `fin` ends the message. */
export function frame(payload: string | Buffer, opcode = TEXT, fin = true): Buffer {
  const bytes = Buffer.from(payload);
  const head = Buffer.from([(fin ? 0x80 : 0) | opcode, bytes.length, 0, 0]);
  if (bytes.length < 126) return Buffer.concat([head.subarray(0, 2), bytes]);
  if (bytes.length > 0xffff) {
    const long = Buffer.concat([head.subarray(0, 2), Buffer.alloc(8)]);
    long[1] = 127;
    long.writeBigUInt64BE(BigInt(bytes.length), 2);
    return Buffer.concat([long, bytes]);
  }
  head[1] = 126;
  head.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([head, bytes]);
}

function takeRequest(bytes: Buffer): { request: UpgradeRequest; length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [start = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = lines.map(
    line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)] as const,
  );
  return { request: { target: start.split(' ')[1] ?? '', headers: new Map(headers) }, length: end + 4 };
}

/** A masked frame of less than 64 KiB. */
function takeFrame(bytes: Buffer): { frame: Frame; length: number } | undefined {
  if (bytes.length < 4) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const [size, start] = short === 126 ? [bytes.readUInt16BE(2), 8] : [short, 6];
  if (bytes.length < start + size) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const payload = bytes.subarray(start, start + size).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return { frame: { opcode: (bytes[0] ?? 0) & 0x0f, payload: Buffer.from(payload) }, length: start + size };
}
