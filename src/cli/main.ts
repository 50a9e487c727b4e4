#!/usr/bin/env node
import { Command } from 'commander';
import { packageVersion } from '../report/context.js';
import { benchCommand } from './commands/bench.js';
import { claimCommand } from './commands/claim.js';
import { doctorCommand } from './commands/doctor.js';
import { machineCommand } from './commands/machine.js';
import { rooflineCommand } from './commands/roofline.js';
import { trafficCommand } from './commands/traffic.js';
import { validateCommand } from './commands/validate.js';
import { EXIT, explain, ignoreClosedPipes } from './errors.js';

/** In the order of the help: adding a command is its import and one line here. */
const COMMANDS: (() => Command)[] = [
  validateCommand,
  benchCommand,
  trafficCommand,
  rooflineCommand,
  claimCommand,
  machineCommand,
  doctorCommand,
];

const EXAMPLES = `
Examples:
  $ rooftile doctor                       is everything here, and what is chosen?
  $ rooftile machine --calibrate          measure what this CPU can do: ceilings, bandwidths, caches
  $ rooftile validate                     the article's claims, predicted, counted and timed here
  $ rooftile bench gemm 1024x1024x1024    how fast is this layer, and how much of what the CPU allows?
  $ rooftile traffic gemm 1x4096x9216     how many bytes does it move, and how many does it have to?
  $ rooftile roofline alexnet             what the ceilings allow each layer of a network
  $ rooftile claim 'conv 192->192 3x3 13x13, 4 MB weights'   what can published figures mean?

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
