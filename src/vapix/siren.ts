// siren_and_light.cgi: profiles of sirens and strobe lights (PROTOCOLS 8).
import type { VapixClient } from './client.ts';
import { callJson, decodeJson, fieldsOf, textOf } from './json.ts';
import { type ActOptions, type Said, saidOf } from './outcome.ts';

const PATH = '/axis-cgi/siren_and_light.cgi';
const NAME_MAX = 256;
const PROFILES_MAX = 100;

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

/** The names of its profiles. Rejects as `startProfile`. */
export async function listProfiles(client: VapixClient, options: ActOptions): Promise<string[]> {
  return decodeProfiles(await callJson(client, { path: PATH, method: 'getProfiles', ...options }));
}

/** Reads an answer to getProfiles: the first names; what has none, or one too long to be asked for, is left out. */
export function decodeProfiles(text: string): string[] {
  const { profiles } = decodeJson(text, PATH);
  const names = (Array.isArray(profiles) ? profiles : []).map(profile => textOf(fieldsOf(profile)['name']));
  const fit = names.filter(name => name !== '' && name.length <= NAME_MAX);
  return [...new Set(fit)].slice(0, PROFILES_MAX);
}

/** Reads an answer: `sirenId`, `lightId`. */
export function decodeSiren(text: string): Said {
  return saidOf(decodeJson(text, PATH));
}
