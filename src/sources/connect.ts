// Opens a byte stream to a device: TCP, or TLS where the device is spoken to by https.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { withDeadline } from '../util/deadline.ts';
import { fromSystem } from '../util/errors.ts';
import { openTls } from '../util/tls.ts';
import type { DeviceAddress } from '../vapix/address.ts';

const TIMEOUT_MS = 10_000;

/** Rejects with ADDRESS, UNREACHABLE, TIMEOUT, TLS or CLOSED, or with the signal's reason. */
export async function openSocket(
  { host, https, tls }: DeviceAddress,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  const opened = https
    ? openTls({ host, port, tls, signal, timeoutMs: TIMEOUT_MS })
    : openTcp({ host, port, signal });
  return (await opened).setNoDelay(true);
}

function openTcp({
  host,
  port,
  signal,
}: {
  host: string;
  port: number;
  signal: AbortSignal;
}): Promise<Socket> {
  const who = `${host}:${port}`;
  return withDeadline({ ms: TIMEOUT_MS, signals: [signal], who }, async ending => {
    const socket = connect({ host, port });
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
