// RTP and RTCP over UDP to the ports that a client names (RFC 2326 §12.39), in the place of interleaved frames.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface UdpTarget {
  address: string;
  /** Of the client: RTP, and RTCP. */
  ports: readonly [number, number];
}

export interface UdpTransport {
  /** Of the device. */
  readonly ports: readonly [number, number];
  /** Sends interleaved frames, each without its head. */
  send(frames: readonly Buffer[]): void;
  close(): void;
}

/** Bytes of `$`, channel and length (RFC 2326 §10.12). */
const HEAD = 4;

/** Opens a pair of sockets; what cannot be sent is lost, as on a network. */
export async function openUdp({ address, ports }: UdpTarget, host: string): Promise<UdpTransport> {
  const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
  for (const socket of sockets) {
    socket.on('error', () => undefined);
    socket.bind(0, host);
    await once(socket, 'listening');
  }
  const portOf = (socket: Socket) => socket.address().port;
  return {
    ports: [portOf(sockets[0]), portOf(sockets[1])],
    send(frames) {
      for (const frame of frames) {
        const at = (frame[1] ?? 0) & 1;
        (at === 0 ? sockets[0] : sockets[1]).send(frame.subarray(HEAD), ports[at === 0 ? 0 : 1], address);
      }
    },
    close() {
      for (const socket of sockets) socket.close();
    },
  };
}
