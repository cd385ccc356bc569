// Runs the program for a hunt, and keeps all that it said.
import type { Program, Run } from './bridge-process.ts';
import type { Hunt } from './canary.ts';

/** Runs a command to its end and keeps what it said. */
export async function collectRun(
  hunt: Hunt,
  program: Program,
  command: readonly string[],
  env = {},
): Promise<number | null> {
  const run = program.start(command, env);
  const { code } = await run.ended();
  collectOutput(hunt, command.join(' '), run);
  return code;
}

/** Keeps what a run said. */
export function collectOutput(hunt: Hunt, name: string, { stdout, stderr }: Run): void {
  hunt.add(`stdout of ${name}`, stdout);
  hunt.add(`stderr of ${name}`, stderr);
}
