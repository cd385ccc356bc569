// What the bridge is, for all who subscribe: its version, and its configuration as far as that is everybody's business.
import type { CameraConfig, Config } from '../config/types.ts';
import { NAME, version } from './version.ts';

/**
 * The configuration as it runs: a secret prints as a placeholder, a certificate as such. Where the cameras are, and who
 * logs in there, is nobody's business who only subscribes.
 */
export function infoOf({ cameras, ...others }: Config, started: string): string {
  const config = { ...others, cameras: cameras.map(shownOf) };
  const withoutPem = (_: string, value: unknown) =>
    typeof value === 'string' && value.includes('-----BEGIN') ? '[pem]' : value;
  return JSON.stringify(
    { name: NAME, version: version(), node: process.version, started, config },
    withoutPem,
  );
}

function shownOf({ id, serial, source, events, poll, commands, labels }: CameraConfig): object {
  return { id, serial, source, events, poll, commands, labels };
}
