// What a command is, and what it is given.
import { setMaxListeners } from 'node:events';
import { systemClock } from '../util/clock.ts';
import { endWith } from '../util/ending.ts';
import type { Hidden } from '../util/hidden.ts';

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  color: boolean;
}

export interface OptionSpec {
  type: 'string' | 'boolean';
  describe: string;
  placeholder?: string;
  default?: string | boolean;
}

export interface Invocation {
  values: Readonly<Record<string, string | boolean | undefined>>;
  positionals: readonly string[];
  terminal: Terminal;
  /** What is in no error of the command; it may grow. */
  hidden: Hidden;
}

/** The terminal, on which nothing appears that is hidden. */
export function hiding({ terminal, hidden }: Pick<Invocation, 'terminal' | 'hidden'>): Terminal {
  return {
    ...terminal,
    out: text => terminal.out(hidden.text(text)),
    err: text => terminal.err(hidden.text(text)),
  };
}

export interface Command {
  name: string;
  summary: string;
  options: Readonly<Record<string, OptionSpec>>;
  /** How the usage line shows its arguments; left out: it takes none. */
  positionals?: string;
  /** Gives the exit code; throws a BridgeError for what ends it. */
  run(invocation: Invocation): Promise<number>;
}

/** The option of all commands that read a configuration. */
export const CONFIG_OPTION = {
  config: {
    type: 'string',
    placeholder: 'FILE',
    describe: 'the configuration; default ./config/axis2mqtt.yaml',
  },
} as const satisfies Command['options'];

/** Aborted at the first SIGINT or SIGTERM; `kill` at the second. */
export function onSignals(): { stop: AbortSignal; kill: AbortSignal; release(): void } {
  const [stop, kill] = [new AbortController(), new AbortController()];
  // Each of a fleet listens to it.
  setMaxListeners(0, stop.signal, kill.signal);
  const caught = () => (stop.signal.aborted ? kill : stop).abort();
  for (const name of SIGNALS) process.on(name, caught);
  const release = () => {
    for (const name of SIGNALS) process.off(name, caught);
  };
  return { stop: stop.signal, kill: kill.signal, release };
}

/** The same, with an end after so many ms too; 0: none. */
export function stopAfter(ms: number): ReturnType<typeof onSignals> {
  const { stop, kill, release } = onSignals();
  const { signal, end } = endWith(stop);
  const cancel = ms > 0 ? systemClock.after(ms, end) : () => undefined;
  return {
    stop: signal,
    kill,
    release() {
      cancel();
      release();
    },
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
