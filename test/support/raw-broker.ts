// A broker in raw bytes, for what real ones do too rarely to wait for: it answers each packet as the test says.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** MQTT packet types, in the high half of the first byte (MQTT 5 §2.1.2). */
export const CONNECT = 1;
export const PUBLISH = 3;
export const SUBSCRIBE = 8;
const UNSUBSCRIBE = 10;
export const PINGREQ = 12;
export const DISCONNECT = 14;

export interface Packet {
  type: number;
  flags: number;
  body: Buffer;
}

/** The answer to a packet: bytes to send, or nothing; it may also end the socket. */
export type Answer = (packet: Packet, socket: Socket) => number[] | undefined;

export interface RawBroker {
  url: string;
  port: number;
  connections(): number;
}

export const CONNACK_4 = [0x20, 2, 0, 0];
export const CONNACK_5 = [0x20, 3, 0, 0, 0];
export const PINGRESP = [0xd0, 0];

/** Starts one on the loopback; it ends with the test. It retains nothing, and says so to who asks by a subscription. */
export async function startRawBroker(t: TestContext, answer: Answer): Promise<RawBroker> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer(socket => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    let rest = Buffer.alloc(0);
    let version = 5;
    socket.on('data', chunk => {
      rest = Buffer.concat([rest, chunk]);
      for (let packet = read(rest); packet !== undefined; packet = read(rest)) {
        rest = rest.subarray(packet.size);
        if (packet.type === CONNECT) version = packet.body[6] ?? version;
        const bytes = answer(packet, socket) ?? answerReader(packet, version);
        if (bytes !== undefined && !socket.destroyed) socket.write(Buffer.from(bytes));
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `mqtt://127.0.0.1:${address.port}`, port: address.port, connections: () => count };
}

/** The PUBACK (MQTT 5) for a PUBLISH of QoS 1. */
export function puback({ body }: Packet, reason = 0): number[] {
  const at = 2 + body.readUInt16BE(0);
  return [0x40, 4, body[at] ?? 0, body[at + 1] ?? 0, reason, 0];
}

/** The same of MQTT 3.1.1, which says no reason. */
export function puback4(packet: Packet): number[] {
  const [, , high = 0, low = 0] = puback(packet);
  return [0x40, 2, high, low];
}

/** Bytes of the payload of a PUBLISH of QoS 1 in MQTT 3.1.1. */
export function payloadSize4({ body }: Packet): number {
  return body.length - 4 - body.readUInt16BE(0);
}

/** The topic of a PUBLISH. */
export function topicOf({ body }: Packet): string {
  return body.toString('utf8', 2, 2 + body.readUInt16BE(0));
}

/** The SUBACK or UNSUBACK for one topic filter. */
function answerReader({ type, body }: Packet, version: number): number[] | undefined {
  if (type !== SUBSCRIBE && type !== UNSUBSCRIBE) return undefined;
  const properties = version === 5 ? [0] : [];
  const codes = type === SUBSCRIBE || version === 5 ? [0] : [];
  const rest = [body[0] ?? 0, body[1] ?? 0, ...properties, ...codes];
  return [type === SUBSCRIBE ? 0x90 : 0xb0, rest.length, ...rest];
}

function read(bytes: Buffer): (Packet & { size: number }) | undefined {
  let length = 0;
  for (let at = 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    length += (byte & 0x7f) * 128 ** (at - 1);
    if (byte >= 0x80) continue;
    const size = at + 1 + length;
    const first = bytes[0] ?? 0;
    const body = bytes.subarray(at + 1, size);
    return bytes.length < size ? undefined : { type: first >> 4, flags: first & 0xf, body, size };
  }
  return undefined;
}
