// A raw TCP server that answers RTSP requests as a test says, byte for byte, and records what it was asked.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { secret } from '../../src/util/secret.ts';
import type { DeviceAddress } from '../../src/vapix/address.ts';

export interface ScriptedRequest {
  method: string;
  url: string;
  /** By lower-case name. */
  headers: ReadonlyMap<string, string>;
}

export interface ScriptedRtsp {
  address: DeviceAddress;
  requests: ScriptedRequest[];
  /** Writes to the connection that was opened last. */
  send(bytes: Buffer | string): void;
  /** The connection that was opened last. */
  socket(): Socket;
}

/** `answer` gives the text that follows a request, nothing for silence. */
export async function serveScript(
  t: Pick<TestContext, 'after'>,
  answer: (request: ScriptedRequest) => string | Buffer | undefined,
): Promise<ScriptedRtsp> {
  const requests: ScriptedRequest[] = [];
  const sockets: Socket[] = [];
  const server = createServer(socket => {
    sockets.push(socket.setNoDelay(true).on('error', () => undefined));
    let text = '';
    socket.on('data', chunk => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const request = readRequest(text.slice(0, end));
        text = text.slice(end + 4);
        requests.push(request);
        const answered = answer(request);
        if (answered !== undefined && socket.writable) socket.write(answered);
      }
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
  return { address: scriptedAddress(port), requests, socket: last, send: bytes => void last().write(bytes) };
}

export function scriptedAddress(rtspPort: number, changes: Partial<DeviceAddress> = {}): DeviceAddress {
  return {
    host: '127.0.0.1',
    port: 80,
    rtspPort,
    https: false,
    username: 'root',
    password: secret('pass'),
    onvif: { username: 'root', password: secret('pass') },
    allowBasicOverHttp: false,
    tls: {},
    ...changes,
  };
}

/** An answer with the request's CSeq. */
export function answerWith(
  request: ScriptedRequest,
  status: string,
  headers: readonly string[] = [],
  body = '',
): string {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const lines = [`RTSP/1.0 ${status}`, `CSeq: ${request.headers.get('cseq')}`, ...headers, ...length];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

export const CHALLENGE =
  'WWW-Authenticate: Digest realm="AXIS_ACCC8E012345", nonce="0000eb57Y1462133062b37999f0cd530f02755fa37b8df1", stale=FALSE';

/** The dialogue of a device (PROTOCOLS 1.3), with what `changes` says instead for a method. */
export function deviceScript(
  changes: Readonly<Record<string, (request: ScriptedRequest) => string | undefined>> = {},
  { timeout = 60 } = {},
): (request: ScriptedRequest) => string | undefined {
  const session = `Session: ghLlkf_I9pCBP24t;timeout=${timeout}`;
  return request => {
    if (!request.headers.has('authorization')) return answerWith(request, '401 Unauthorized', [CHALLENGE]);
    const changed = changes[request.method];
    if (changed !== undefined) return changed(request);
    if (request.method === 'DESCRIBE') return answerWith(request, '200 OK', [], description(request.url));
    if (request.method !== 'SETUP')
      return answerWith(request, '200 OK', [session, 'Date: Sat, 12 Dec 2020 10:44:25 GMT']);
    return answerWith(request, '200 OK', [
      'Transport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=315460DA',
      session,
    ]);
  };
}

function description(url: string): string {
  const track = url.replace('media.amp?', 'media.amp/stream=0?');
  return `v=0\r\na=control:${url}\r\nm=application 0 RTP/AVP 98\r\na=rtpmap:98 vnd.onvif.metadata/90000\r\na=control:${track}\r\n`;
}

function readRequest(text: string): ScriptedRequest {
  const [start = '', ...lines] = text.split('\r\n');
  const [method = '', url = ''] = start.split(' ');
  const headers = lines.map(
    line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)] as const,
  );
  return { method, url, headers: new Map(headers) };
}

let sequence = 0;

/** One interleaved frame with a metadata document, or a part of one. */
export function metadataFrame(text: string, { marker = true, skip = 0, channel = 0 } = {}): Buffer {
  sequence = (sequence + 1 + skip) & 0xffff;
  const payload = Buffer.from(text);
  const head = Buffer.from([0x24, channel, 0, 0, 0x80, marker ? 0xe2 : 0x62, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  head.writeUInt16BE(12 + payload.length, 2);
  head.writeUInt16BE(sequence, 6);
  return Buffer.concat([head, payload]);
}

/** A document with one event on that port. */
export function portDocument(port: string, state = '1'): string {
  return `<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema"><tt:Event><wsnt:NotificationMessage xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:tns1="http://www.onvif.org/ver10/topics" xmlns:tnsaxis="http://www.axis.com/2009/event/topics"><wsnt:Topic>tns1:Device/tnsaxis:IO/Port</wsnt:Topic><wsnt:Message><tt:Message UtcTime="2026-11-22T08:00:00.123456Z" PropertyOperation="Changed"><tt:Source><tt:SimpleItem Name="port" Value="${port}"/></tt:Source><tt:Data><tt:SimpleItem Name="state" Value="${state}"/></tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage></tt:Event></tt:MetadataStream>`;
}

/** One with an event on each of those ports. */
export function largeDocument(ports: readonly string[]): string {
  const events = ports.map(port =>
    portDocument(port).replace(/^<tt:MetadataStream[^>]*>|<\/tt:MetadataStream>$/g, ''),
  );
  return `<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema">${events.join('')}</tt:MetadataStream>`;
}
