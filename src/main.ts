#!/usr/bin/env node
// The program: its arguments to a command, its result to an exit code.
import { runCli } from './cli/cli.ts';

process.exitCode = await runCli(process.argv.slice(2));
