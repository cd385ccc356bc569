// The sockets of one device: few, kept for the next request of a burst, gone soon after.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { openTls } from '../util/tls.ts';
import type { DeviceAddress } from './address.ts';

/** Sockets that one client opens at a time. */
export const MAX_SOCKETS = 2;
// Shorter than any server's keep-alive (Apache: 5 s), so that no request meets a socket that is just closing.
const IDLE_MS = 1_000;
const OPTIONS = { keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: MAX_SOCKETS, timeout: IDLE_MS };

type Connected = (error: Error | null, socket: Duplex) => void;

export interface AgentOptions {
  address: DeviceAddress;
  /** Ends the connections that are being opened. */
  signal: AbortSignal;
  timeoutMs: number;
}

/** The agent for a device's scheme. Over https a request is written only after the certificate was accepted. */
export function createAgent({ address, signal, timeoutMs }: AgentOptions): HttpAgent | HttpsAgent {
  if (!address.https) return new HttpAgent(OPTIONS);
  const { tls, port } = address;
  const host = address.host.replace(/^\[|\]$/g, '');
  const agent = new HttpsAgent(OPTIONS);
  agent.createConnection = (_options: RequestOptions, connected?: Connected) => {
    const failed = connected as ((error: Error) => void) | undefined;
    openTls({ host, port, tls, signal, timeoutMs }).then(socket => connected?.(null, socket), failed);
    return undefined;
  };
  return agent;
}
