// systemready.cgi: whether the device has started, and which start it was; needs no login.
import type { VapixClient } from './client.ts';
import { callJson, decodeJson, textOf } from './json.ts';

export interface SystemReady {
  ready: boolean;
  /** Another one than before: the device has restarted. Firmware older than 11 says none. */
  bootId: string | undefined;
  uptimeSeconds: number | undefined;
}

const PATH = '/axis-cgi/systemready.cgi';
/** How long the device may hold its answer until it is ready. */
const WAIT_S = 5;

/** Asks a device whether it is ready. Rejects with the errors of the client; NOT_FOUND on old devices. */
export async function fetchSystemReady(
  client: VapixClient,
  options: { signal?: AbortSignal } = {},
): Promise<SystemReady> {
  const params = { timeout: WAIT_S };
  return decodeSystemReady(
    await callJson(client, { path: PATH, method: 'systemready', apiVersion: '1.1', params, ...options }),
  );
}

/** Reads an answer of systemready.cgi. */
export function decodeSystemReady(text: string): SystemReady {
  const data = decodeJson(text, PATH);
  const uptime = textOf(data['uptime']);
  return {
    ready: data['systemready'] === 'yes',
    bootId: textOf(data['bootid']) || undefined,
    uptimeSeconds: /^\d+$/.test(uptime) ? Number(uptime) : undefined,
  };
}
