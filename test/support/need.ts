// What a test needs of the machine: without it the test says so and skips; with CI=true it fails.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const PLACES = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/** Test options for a test that runs `command`: skips where it is not installed, unless CI=true. */
export function need(command: string): { skip: string | false } {
  const missing = find(command) === undefined && process.env['CI'] !== 'true';
  return { skip: missing ? `needs ${command}, which is not installed` : false };
}

/** The path of an installed command, undefined where there is none. */
export function find(command: string): string | undefined {
  return PLACES.map(place => join(place, command)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
