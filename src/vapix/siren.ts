// siren_and_light.cgi: profiles of sirens and strobe lights (PROTOCOLS 8).
import type { VapixClient } from './client.ts';
import { callJson, decodeJson } from './json.ts';
import { type ActOptions, type Said, saidOf } from './outcome.ts';

const PATH = '/axis-cgi/siren_and_light.cgi';

/** One profile by its name, or whatever runs on these. */
export type SirenStop = { profile: string } | { all: readonly ('siren' | 'light')[] };

/** Starts a profile; resolves with the ids that the device gave. Rejects with the errors of the client; REFUSED. */
export async function startProfile(client: VapixClient, profile: string, options: ActOptions): Promise<Said> {
  return decodeSiren(
    await callJson(client, { path: PATH, method: 'start', params: { profile }, ...options }),
  );
}

/** Stops a profile, or all. Rejects as `startProfile`. */
export async function stopProfile(
  client: VapixClient,
  params: SirenStop,
  options: ActOptions,
): Promise<Said> {
  return decodeSiren(await callJson(client, { path: PATH, method: 'stop', params, ...options }));
}

/** Reads an answer: `sirenId`, `lightId`. */
export function decodeSiren(text: string): Said {
  return saidOf(decodeJson(text, PATH));
}
