// Virtual inputs, which rules of the device may wait for: virtualinput/*.cgi, else io/virtualinput.cgi (PROTOCOLS 8).
import { fail } from '../util/errors.ts';
import type { VapixClient } from './client.ts';
import { type ActOptions, newerOr, refused, refuseErrorText, type Said } from './outcome.ts';
import { findElement, readVapixXml } from './xml.ts';

const NEWER = '/axis-cgi/virtualinput';
const OLDER = '/axis-cgi/io/virtualinput.cgi';

export interface VirtualInput {
  /** Counts from 1. */
  port: number;
  active: boolean;
}

/**
 * Sets a virtual input; resolves with whether that changed its state, where the device says so. Rejects with the
 * errors of the client; REFUSED, PROTOCOL. `duration` of the newer API is not used: firmware before late 2024
 * does not know it, and what it does with it is not confirmed.
 */
export function setVirtualInput(
  client: VapixClient,
  { port, active }: VirtualInput,
  options: ActOptions = {},
): Promise<Said> {
  const get = async (path: string) => (await client.request({ method: 'GET', path, ...options })).text;
  const newer = async (): Promise<Said> => {
    const cgi = `${NEWER}/${active ? 'activate' : 'deactivate'}.cgi`;
    return { stateChanged: decodeVirtualInput(await get(`${cgi}?schemaversion=1&port=${port}`)) };
  };
  const older = async (): Promise<Said> => {
    const action = encodeURIComponent(`${port}:${active ? '/' : '\\'}`);
    refuseErrorText(await get(`${OLDER}?action=${action}`), OLDER);
    return {};
  };
  return newerOr(newer, older);
}

/** Whether the state changed. Throws REFUSED where the answer is an error, PROTOCOL where it is neither. */
export function decodeVirtualInput(text: string): boolean {
  const root = readVapixXml(text);
  const code = findElement(root, 'ErrorCode')?.text.trim();
  if (code !== undefined) {
    throw refused(NEWER, `error ${code} ${findElement(root, 'ErrorDescription')?.text ?? ''}`);
  }
  const changed = findElement(root, 'StateChanged')?.text.trim();
  if (changed === undefined) throw fail('PROTOCOL', `${NEWER}: the answer says neither success nor error`);
  return changed === 'true' || changed === '1';
}
