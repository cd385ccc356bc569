// Opens a byte stream to a device: TCP, or TLS where the device is spoken to by https.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { withDeadline } from '../util/deadline.ts';
import { fromSystem } from '../util/errors.ts';
import { openTls } from '../util/tls.ts';
import type { DeviceAddress } from '../vapix/address.ts';

const TIMEOUT_MS = 10_000;

/** Where lent bytes land. Node would allocate as much for each read and collect it again, a sixth of an event's CPU. */
const LANDING = Buffer.allocUnsafeSlow(64 * 1024);

export interface OpenSocketOptions {
  address: DeviceAddress;
  port: number;
  signal: AbortSignal;
  /** What a `data` listener gets may be overwritten once it has returned; default false. */
  lend?: boolean;
}

/** Rejects with ADDRESS, UNREACHABLE, TIMEOUT, TLS or CLOSED, or with the signal's reason. */
export async function openSocket(options: OpenSocketOptions): Promise<Socket> {
  const { address, port, signal } = options;
  const { host, https, tls } = address;
  const opened = https ? openTls({ host, port, tls, signal, timeoutMs: TIMEOUT_MS }) : openTcp(options);
  return (await opened).setNoDelay(true);
}

function openTcp({ address: { host }, port, signal, lend = false }: OpenSocketOptions): Promise<Socket> {
  const who = `${host}:${port}`;
  return withDeadline({ ms: TIMEOUT_MS, signals: [signal], who }, async ending => {
    const socket = lend ? connectLending(host, port) : connect({ host, port });
    try {
      await once(socket, 'connect', { signal: ending });
      return socket;
    } catch (error) {
      // The socket that is given up may still report an error.
      socket.on('error', () => undefined).destroy();
      throw fromSystem(error, who);
    }
  });
}

function connectLending(host: string, port: number): Socket {
  const callback = (size: number): boolean => {
    socket.emit('data', LANDING.subarray(0, size));
    return true;
  };
  const socket: Socket = connect({ host, port, onread: { buffer: LANDING, callback } });
  return socket;
}
