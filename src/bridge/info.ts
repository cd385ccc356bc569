// What the bridge is, for all who subscribe: its version, and its configuration as far as that is everybody's business.
import type { CameraConfig, Config } from '../config/types.ts';
import { NAME, version } from './version.ts';

/**
 * The configuration as it runs: a secret prints as a placeholder, a certificate as such, and what came from the
 * environment as the file has it. Where the cameras are, and who
 * logs in there, is nobody's business who only subscribes.
 */
export function infoOf({ cameras, hidden, ...others }: Config, started: string): string {
  const withoutPem = (_: string, value: unknown) =>
    typeof value === 'string' && value.includes('-----BEGIN') ? '[pem]' : value;
  const shown = JSON.stringify({ ...others, cameras: cameras.map(shownOf) }, withoutPem);
  const config = hidden.deep(JSON.parse(shown));
  return JSON.stringify({ name: NAME, version: version(), node: process.version, started, config });
}

function shownOf({ id, serial, source, events, poll, commands, labels }: CameraConfig): object {
  return { id, serial, source, events, poll, commands, labels };
}
