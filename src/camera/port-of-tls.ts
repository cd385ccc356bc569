// A device that is asked without TLS at a port of TLS answers nothing that makes sense: what it is should be said.
import { type ErrorCode, fail, fromSystem } from '../util/errors.ts';
import { openTls } from '../util/tls.ts';
import type { DeviceAddress } from '../vapix/address.ts';

/** How such a port shows. */
const PERHAPS = new Set<ErrorCode>(['CLOSED', 'PROTOCOL', 'STALLED', 'TIMEOUT', 'REFUSED']);
const HANDSHAKE_MS = 3_000;

/** The error, or TLS where the device speaks that at a port where it was asked without. Never rejects. */
export async function namingTls(
  error: unknown,
  address: DeviceAddress,
  signal: AbortSignal,
): Promise<unknown> {
  const { host, port, rtspPort, https } = address;
  if (https || signal.aborted || !PERHAPS.has(fromSystem(error, host).code)) return error;
  for (const asked of [port, rtspPort])
    if (await speaksTls(host, asked, signal))
      return fail('TLS', `${host}:${asked}: it speaks TLS at that port: set \`https: true\``);
  return error;
}

/** Nothing is sent over it: any certificate will do. */
async function speaksTls(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  const options = { host, port, tls: { insecure: true }, signal, timeoutMs: HANDSHAKE_MS };
  return openTls(options).then(
    socket => {
      socket.destroy();
      return true;
    },
    () => false,
  );
}
