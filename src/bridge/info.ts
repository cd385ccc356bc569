// What the bridge is, for all who subscribe: its version, and its configuration as far as that is everybody's business.
import type { CameraConfig, Config } from '../config/types.ts';
import { fitJson } from '../util/fit.ts';
import { NAME, version } from './version.ts';

/**
 * The configuration as it runs: a secret prints as a placeholder, a certificate as such, and what came from the
 * environment as the file has it. Where the cameras are, and who
 * logs in there, is nobody's business who only subscribes. Where `room`, in bytes, is too small for all of it, it is
 * without what there may be many of, or without the configuration.
 */
export function infoOf({ cameras, hidden, ...others }: Config, started: string, room: number): string {
  const withoutPem = (_: string, value: unknown) =>
    typeof value === 'string' && value.includes('-----BEGIN') ? '[pem]' : value;
  const shown = JSON.stringify({ ...others, cameras: cameras.map(shownOf) }, withoutPem);
  const config = Object(hidden.deep(JSON.parse(shown)));
  const about = { name: NAME, version: version(), node: process.version, started };
  return fitJson(room, [
    () => ({ ...about, config }),
    () => ({ ...about, config: { ...config, cameras: [], triggers: [], routes: [] } }),
    () => about,
  ]);
}

function shownOf({ id, serial, source, events, poll, commands, labels }: CameraConfig): object {
  return { id, serial, source, events, poll, commands, labels };
}
