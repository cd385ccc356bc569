// How a TLS peer is judged, for devices and brokers alike: own CA, pinned fingerprint, or not at all.
import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { withDeadline } from './deadline.ts';
import { fail, fromSystem } from './errors.ts';

/** How a peer's certificate is judged; with none of them, by the system's own roots and the host's name. */
export interface PeerTls {
  /** PEM text of the accepted authorities. */
  ca?: string;
  /** SHA-256 of the accepted certificate, upper-case hex with colons (as Node prints it). */
  fingerprint?: string;
  insecure?: boolean;
  /** PEM text of our own certificate and its key, where the peer wants one. */
  cert?: string;
  key?: string;
  /** Protocol names to offer (ALPN, RFC 7301), where one port serves several. */
  alpn?: readonly string[];
  /** Whatever Node was told on its command line. */
  minVersion?: 'TLSv1.2';
}

export interface OpenTlsOptions {
  host: string;
  port: number;
  tls: PeerTls;
  signal: AbortSignal;
  /** For the connection and the handshake together; default 10,000. */
  timeoutMs?: number;
}

/**
 * Opens a TLS connection and hands it out once the peer's certificate was accepted: until then nothing is written.
 * Rejects with TLS, ADDRESS, UNREACHABLE, TIMEOUT or CLOSED, or with the signal's reason.
 */
export function openTls({ host, port, tls, signal, timeoutMs = 10_000 }: OpenTlsOptions): Promise<TLSSocket> {
  const who = `${host}:${port}`;
  return withDeadline({ ms: timeoutMs, signals: [signal], who }, async ending => {
    const socket = start({ host, port, tls }, who);
    try {
      await once(socket, 'secureConnect', { signal: ending });
      judge(socket, tls, who);
      return socket;
    } catch (error) {
      // The socket that is given up may still report an error.
      socket.on('error', () => undefined).destroy();
      throw fromSystem(error, who);
    }
  });
}

function start({ host, port, tls }: Pick<OpenTlsOptions, 'host' | 'port' | 'tls'>, who: string): TLSSocket {
  const { ca, cert, key, alpn, minVersion } = tls;
  // Server name indication knows no IP addresses (RFC 6066 §3).
  const servername = isIP(host) === 0 ? { servername: host } : {};
  try {
    return connect({
      host,
      port,
      ...servername,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
      ...(minVersion === undefined ? {} : { minVersion }),
      // Judged below, before anything is written: Node's own refusal would not tell the fingerprint.
      rejectUnauthorized: false,
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw fail('TLS', `${who}: the configured \`ca\`, \`cert\` or \`key\` cannot be used${code}`);
  }
}

function judge(socket: TLSSocket, { fingerprint, insecure }: PeerTls, who: string): void {
  const shown = socket.getPeerCertificate().fingerprint256;
  const told = `SHA-256 fingerprint ${shown}`;
  if (fingerprint !== undefined) {
    if (hex(shown) !== hex(fingerprint)) throw fail('TLS', `${who}: not the pinned certificate (${told})`);
  } else if (!insecure && !socket.authorized) {
    throw fail('TLS', `${who}: ${socket.authorizationError} (${told})`);
  }
}

function hex(fingerprint: string): string {
  return fingerprint.replace(/[^0-9a-f]/gi, '').toUpperCase();
}
