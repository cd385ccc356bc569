// The program's own name and version.
import { readFileSync } from 'node:fs';

const PACKAGE = new URL('../../package.json', import.meta.url);

export const NAME = 'axis2mqtt';

/** The version in package.json, read when it is asked for. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  return version;
}
