// One question to everybody: sent to a multicast group on each interface, its answers come back to the sender alone.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { type Clock, sleep } from '../util/clock.ts';
import { fromSystem } from '../util/errors.ts';

export interface Question {
  packet: Buffer;
  group: string;
  port: number;
}

export interface AskOptions {
  question: Question;
  /** Local addresses of the interfaces to ask on. */
  interfaces: readonly string[];
  /** How long to wait for answers. */
  ms: number;
  clock: Clock;
  signal: AbortSignal;
  answer(bytes: Buffer, from: string): void;
  /** An interface that cannot be asked on. */
  trouble(text: string): void;
}

/** Larger datagrams are no answers (RFC 6762 §17: 9,000 bytes at most). */
const DATAGRAM_MAX = 16 * 1024;
/** Answers that are read; more are somebody who floods. */
const ANSWERS_MAX = 10_000;
/** A datagram may get lost: the question is sent again after so long (RFC 6762 §5.2: a second at least). */
const AGAIN_MS = 1000;
/** Group members are on this link (RFC 6762 §11 wants 255, which no router passes on either). */
const TTL = 255;

/** The addresses of this machine's IPv4 interfaces, without loopback. */
export function ipv4Interfaces(): string[] {
  return Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

/** Resolves after `ms`, or when `signal` is aborted; never rejects. */
export async function ask(options: AskOptions): Promise<void> {
  const { interfaces, trouble } = options;
  let left = ANSWERS_MAX;
  const answer = (bytes: Buffer, from: string) => {
    if (bytes.length <= DATAGRAM_MAX && left-- > 0) options.answer(bytes, from);
  };
  const asking = interfaces.map(local =>
    askOn(local, { ...options, answer }).catch((error: unknown) => trouble(fromSystem(error, local).message)),
  );
  await Promise.all(asking);
}

async function askOn(local: string, { question, ms, clock, signal, answer }: AskOptions): Promise<void> {
  const socket = createSocket('udp4');
  try {
    // From a port of its own: then answers come to it alone (RFC 6762 §5.1, §6.7), whoever has the group's port here.
    socket.bind(0, local);
    await once(socket, 'listening');
    socket.on('error', () => undefined);
    socket.on('message', (bytes, { address }) => answer(bytes, address));
    socket.setMulticastTTL(TTL);
    socket.setMulticastInterface(local);
    await send(socket, question);
    await sleep(clock, Math.min(AGAIN_MS, ms), signal);
    if (ms <= AGAIN_MS || signal.aborted) return;
    await send(socket, question);
    await sleep(clock, ms - AGAIN_MS, signal);
  } finally {
    socket.close();
  }
}

function send(socket: Socket, { packet, port, group }: Question): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(packet, port, group, error => (error ? reject(error) : resolve()));
  });
}
