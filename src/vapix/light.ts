// lightcontrol.cgi: the built-in IR and white lights (PROTOCOLS 8).
import type { VapixClient } from './client.ts';
import { callJson, decodeJson } from './json.ts';
import { type ActOptions, type Said, saidOf } from './outcome.ts';

const PATH = '/axis-cgi/lightcontrol.cgi';

export interface LightSwitch {
  /** As the device names it: `led0`. */
  light: string;
  on: boolean;
  /** In the device's own steps; as it was where undefined. */
  intensity: number | undefined;
}

/**
 * Switches a light, first to its intensity where one is given, so that it never shines brighter than asked.
 * Rejects with the errors of the client; REFUSED.
 */
export async function switchLight(
  client: VapixClient,
  { light, on, intensity }: LightSwitch,
  options: ActOptions,
): Promise<Said> {
  const call = async (method: string, more = {}) => {
    const params = { lightID: light, ...more };
    return saidOf(decodeJson(await callJson(client, { path: PATH, method, params, ...options }), PATH));
  };
  if (intensity !== undefined) await call('setManualIntensity', { intensity });
  return call(on ? 'activateLight' : 'deactivateLight');
}
