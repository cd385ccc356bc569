// mediaclip.cgi, else playclip.cgi: audio clips that are stored in the device (PROTOCOLS 8).
import type { VapixClient } from './client.ts';
import { type ActOptions, newerOr, refuseErrorText, type Said } from './outcome.ts';

const NEWER = '/axis-cgi/mediaclip.cgi';
const OLDER = '/axis-cgi/playclip.cgi';

export interface ClipPlay {
  /** Its number in the device. */
  clip: number;
  /** Percent. */
  volume: number | undefined;
  /** How often it is played again. */
  repeat: number | undefined;
}

/** Plays a clip; resolves with what is playing. Rejects with the errors of the client; REFUSED. */
export function playClip(
  client: VapixClient,
  { clip, ...how }: ClipPlay,
  options: ActOptions,
): Promise<Said> {
  const get = async (path: string) =>
    decodeClip((await client.request({ method: 'GET', path, ...options })).text);
  const chosen = Object.entries(how).filter(([, value]) => value !== undefined);
  const query = chosen.map(([name, value]) => `&${name}=${value}`).join('');
  const newer = () => get(`${NEWER}?action=play&clip=${clip}${query}`);
  // The older API is not known to take a volume: better nothing is heard than something too loud.
  return chosen.length > 0 ? newer() : newerOr(newer, () => get(`${OLDER}?clip=${clip}`));
}

/** Reads `OK` and `playing=0`. Throws REFUSED where it is an error. */
export function decodeClip(text: string): Said {
  refuseErrorText(text, NEWER);
  const playing = /^playing=(\d{1,9})\s*$/m.exec(text)?.[1];
  return playing === undefined ? {} : { playing: Number(playing) };
}
