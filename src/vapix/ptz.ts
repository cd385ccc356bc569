// com/ptz.cgi: turns a camera to a stored position (PROTOCOLS 8).
import type { VapixClient } from './client.ts';
import { type ActOptions, refuseErrorText } from './outcome.ts';

const PATH = '/axis-cgi/com/ptz.cgi';

export interface Preset {
  /** Its name, or its number. */
  preset: string | number;
  /** The video channel, from 1; the device's first where undefined. */
  channel: number | undefined;
}

/** Has it go to a position; resolves when it has set off. Rejects with the errors of the client; REFUSED. */
export async function goToPreset(
  client: VapixClient,
  { preset, channel }: Preset,
  options: ActOptions,
): Promise<void> {
  const by = typeof preset === 'number' ? 'gotoserverpresetno' : 'gotoserverpresetname';
  const camera = channel === undefined ? '' : `&camera=${channel}`;
  const path = `${PATH}?${by}=${encodeURIComponent(preset)}${camera}`;
  refuseErrorText((await client.request({ method: 'GET', path, ...options })).text, PATH);
}
