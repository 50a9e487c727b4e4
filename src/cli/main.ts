#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { machineCommand } from './commands/machine.js';
import { trafficCommand } from './commands/traffic.js';
import { EXIT, explain, ignoreClosedPipes } from './errors.js';

/** In the order of the help: adding a command is its import and one line here. */
const COMMANDS: (() => Command)[] = [machineCommand, trafficCommand];

const EXAMPLES = `
Examples:
  $ rooftile machine                      what this CPU can do: ISAs, caches, ceilings
  $ rooftile machine --json > this.json   the same as a device file

Exit codes: 0 done, 1 a check failed, 2 bad usage. Each command has its own --help.`;

function createProgram(): Command {
  const program = new Command('rooftile')
    .description('Neural-network kernels that count their own memory traffic and hold it against theory')
    .version(packageVersion())
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  for (const create of COMMANDS) program.addCommand(inherit(create(), program));
  return program;
}

/** addCommand, unlike .command(), leaves a command without its parent's settings: its errors would exit 1. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}

/** Two folders up both from src/cli and from dist/cli. */
function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function main(args: string[]): Promise<void> {
  ignoreClosedPipes();
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    const { text, exitCode } = explain(error);
    if (text) console.error(text);
    // Set, not exited: a long document may still be on its way down a pipe. An interrupt keeps its 130.
    if (process.exitCode !== EXIT.interrupted) process.exitCode = exitCode;
  }
}

await main(process.argv.slice(2));
