// Text in the picture: dynamicoverlay.cgi, else the parameters `Image.I0.Text` that it took the place of.
import type { VapixClient } from './client.ts';
import { callJson, decodeJson, type Fields, fieldsOf } from './json.ts';
import { type ActOptions, newerOr, refuseErrorText, type Said, saidOf } from './outcome.ts';

const NEWER = '/axis-cgi/dynamicoverlay/dynamicoverlay.cgi';
const OLDER = '/axis-cgi/param.cgi';

export interface OverlayText {
  /** Where it holds modifiers such as `%T`, the device fills them in. */
  text: string;
  /** The video channel, from 1. */
  camera: number;
}

/**
 * Makes it the text of the camera's first text overlay, the one that the parameters always meant, or of a new one
 * where there is none. Rejects with the errors of the client; REFUSED. Resolves with the overlay's `identity`.
 */
export function setOverlayText(
  client: VapixClient,
  overlay: OverlayText,
  options: ActOptions,
): Promise<Said> {
  const newer = async (): Promise<Said> => {
    const { camera, text } = overlay;
    const identity = firstOverlay(await call(client, 'list', { camera }, options), camera);
    if (identity === undefined) {
      return saidOf(await call(client, 'addText', { camera, text, position: 'topLeft' }, options));
    }
    return { identity, ...saidOf(await call(client, 'setText', { identity, text }, options)) };
  };
  return newerOr(newer, () => setParameters(client, overlay, options));
}

/** The identity of the first text overlay. That `list` heeds `camera` is not confirmed, so an entry's own counts. */
export function firstOverlay({ textOverlays }: Fields, camera: number): number | undefined {
  const overlays = Array.isArray(textOverlays) ? textOverlays.map(fieldsOf) : [];
  const own = overlays.find(entry => entry['camera'] === undefined || entry['camera'] === camera);
  const identity = own?.['identity'];
  return typeof identity === 'number' ? identity : undefined;
}

async function call(client: VapixClient, method: string, params: Fields, options: ActOptions) {
  return decodeJson(await callJson(client, { path: NEWER, method, params, ...options }), NEWER);
}

async function setParameters(
  client: VapixClient,
  { text, camera }: OverlayText,
  options: ActOptions,
): Promise<Said> {
  const group = `Image.I${camera - 1}.Text`;
  const path = `${OLDER}?action=update&${group}.TextEnabled=yes&${group}.String=${encodeURIComponent(text)}`;
  refuseErrorText((await client.request({ method: 'GET', path, ...options })).text, OLDER);
  return {};
}
