// The sockets of one device: few, kept for the next request of a burst, gone soon after.
import { type AgentOptions as AgentSettings, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { openTls } from '../util/tls.ts';
import type { DeviceAddress } from './address.ts';

/** Sockets that one client opens at a time. */
export const MAX_SOCKETS = 2;
// Shorter than any server's keep-alive (Apache: 5 s), so that no request meets a socket that is just closing.
const IDLE_MS = 1_000;
const KEPT = { keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: MAX_SOCKETS, timeout: IDLE_MS };
const SINGLE = { keepAlive: false };

type Connected = (error: Error | null, socket: Duplex) => void;

export interface AgentOptions {
  address: DeviceAddress;
  /** Ends the connections that are being opened. */
  signal: AbortSignal;
  timeoutMs: number;
}

export interface Agents {
  /** Its sockets are used again. */
  kept: HttpAgent | HttpsAgent;
  /** A socket for each request. */
  single: HttpAgent | HttpsAgent;
}

export function createAgents(options: AgentOptions): Agents {
  return { kept: createAgent(options, KEPT), single: createAgent(options, SINGLE) };
}

/** The agent for a device's scheme. Over https a request is written only after the certificate was accepted. */
function createAgent(
  { address, signal, timeoutMs }: AgentOptions,
  options: AgentSettings,
): HttpAgent | HttpsAgent {
  if (!address.https) return new HttpAgent(options);
  const { tls, port } = address;
  const host = address.host.replace(/^\[|\]$/g, '');
  const agent = new HttpsAgent(options);
  agent.createConnection = (_options: RequestOptions, connected?: Connected) => {
    const failed = connected as ((error: Error) => void) | undefined;
    openTls({ host, port, tls, signal, timeoutMs }).then(socket => connected?.(null, socket), failed);
    return undefined;
  };
  return agent;
}
