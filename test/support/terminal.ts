// A terminal that keeps what is written to it.
import type { Terminal } from '../../src/cli/command.ts';

export interface TestTerminal extends Terminal {
  readonly stdout: string;
  readonly stderr: string;
}

export function createTerminal(changes: Partial<Terminal> = {}): TestTerminal {
  let [stdout, stderr] = ['', ''];
  return {
    out(text) {
      stdout += text;
    },
    err(text) {
      stderr += text;
    },
    env: {},
    color: false,
    ...changes,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
  };
}
