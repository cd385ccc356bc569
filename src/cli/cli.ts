// The table of commands, their arguments, and the exit codes: 0 done, 1 failed while running, 2 wrong usage or configuration.
import { parseArgs } from 'node:util';
import { NAME, version } from '../bridge/version.ts';
import { isBridgeError, wordsOf } from '../util/errors.ts';
import { Hidden } from '../util/hidden.ts';
import { check } from './check/check.ts';
import { type Command, hiding, type Terminal } from './command.ts';
import { demo } from './demo.ts';
import { discover } from './discover.ts';
import { events } from './events/events.ts';
import { monitor } from './monitor/monitor.ts';
import { provision } from './provision/provision.ts';
import { run } from './run.ts';
import { schema } from './schema.ts';
import { simulate } from './simulate.ts';

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [run, check, events, monitor, discover, provision, demo, simulate, schema].map(command => [
    command.name,
    command,
  ]),
);

const HELP = { help: { type: 'boolean', short: 'h', default: false } } as const;

/** Runs the command that the arguments name (`run` where they name none); gives the exit code. */
export async function runCli(
  argv: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  const [first = '', ...rest] = argv;
  if (first === '--version') return say(terminal, version());
  if (first === '--help' || first === '-h' || first === 'help') return say(terminal, overview());
  const named = !first.startsWith('-') && first !== '';
  const command = COMMANDS.get(named ? first : run.name);
  if (!command) return misuse(terminal, `there is no command ${JSON.stringify(first)}\n\n${overview()}`);
  return runCommand(command, named ? rest : argv, terminal);
}

async function runCommand(command: Command, argv: readonly string[], terminal: Terminal): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(command, argv);
  } catch (error) {
    return misuse(terminal, `${wordsOf(error)}\n\n${usage(command)}`);
  }
  if (parsed.values['help'] === true) return say(terminal, usage(command));
  const { values, positionals } = parsed;
  const hidden = new Hidden();
  try {
    return await command.run({ values, positionals, terminal, hidden });
  } catch (error) {
    const text = isBridgeError(error) ? `${error.code}: ${error.message}` : String(error);
    hiding({ terminal, hidden }).err(`${text}\n`);
    return isBridgeError(error) && error.code === 'CONFIG' ? 2 : 1;
  }
}

function parse(command: Command, argv: readonly string[]) {
  const options = { ...HELP, ...command.options };
  return parseArgs({
    args: [...argv],
    options,
    allowPositionals: command.positionals !== undefined,
    strict: true,
  });
}

function overview(): string {
  const lines = [...COMMANDS.values()].map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`);
  return `${NAME} ${version()}: the events of Axis devices on MQTT\n\nUsage: ${NAME} [COMMAND] [OPTIONS]\n\n${lines.join('\n')}\n\nEach takes --help.`;
}

function usage({ name, summary, options, positionals = '' }: Command): string {
  const lines = Object.entries(options).map(([option, { describe, placeholder = '' }]) => {
    return `  ${`--${option} ${placeholder}`.padEnd(20)} ${describe}`;
  });
  return `Usage: ${NAME} ${name} ${positionals}[OPTIONS]\n\n${summary}\n\n${lines.join('\n')}`;
}

function say(terminal: Terminal, text: string): number {
  terminal.out(`${text}\n`);
  return 0;
}

function misuse(terminal: Terminal, text: string): number {
  terminal.err(`${NAME}: ${text}\n`);
  return 2;
}

function processTerminal(): Terminal {
  // Who reads it, such as `head`, has seen enough: as Ctrl-C.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.kill(process.pid, 'SIGINT');
  });
  return {
    out: text => void process.stdout.write(text),
    err: text => void process.stderr.write(text),
    env: process.env,
    color: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
  };
}
