import { Command } from 'commander';
import { CLAIM_GRAMMAR, parseClaim, solveClaim } from '../../claims/index.js';
import { describeClaimSolution } from '../../report/claim.js';
import { json } from '../../report/json.js';
import { jsonOption, parsePositiveInteger } from '../options.js';

interface ClaimFlags {
  limit: number;
  all?: boolean;
  json?: boolean;
}

const HELP = `
A claim is ${CLAIM_GRAMMAR}

Every reading is tried: element width, 1 or 2 operations a MAC, passes over the weights, another layer of a known network
that the claim may mean, products with padding or without, which operands move, powers of 1000 or 1024, which time. A figure
is explained within half of its last written digit, and within 1 %. What a claim leaves out is left out.

Examples:
  $ rooftile claim 'conv 192->192 3x3 13x13, 4 MB weights, 3.2 GB/s, 128 Gop/s, 99%'
  $ rooftile claim in=192 out=192 filter=3x3 map=13x13 weightBytes=4e6 bandwidth=3.2e9 ops=128e9 efficiency=0.99
  $ rooftile claim 'linear 4096x4096, 128 Gop/s, 128 GB/s'
  $ rooftile claim 'gru 400, 4 layers, 50 steps, 15.36 MB weights'
  $ rooftile claim 'conv 192->384 3x3 13x13, 202 Mop, 1.59 ms, 128 Gop/s' --json`;

/** `rooftile claim TEXT…`: which readings fit published figures. */
export function claimCommand(): Command {
  return new Command('claim')
    .description('Find what published figures of a layer can mean: which readings explain them')
    .argument('<claim...>', 'a layer and its figures, as text or key=value')
    .option('--limit <n>', 'readings to print', parsePositiveInteger('limit'), 5)
    .option('--all', 'with --json: the readings that explain nothing too')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action((words: string[], flags: ClaimFlags) => {
      const solution = solveClaim(parseClaim(words.join(' ')), { all: flags.all ?? false });
      process.stdout.write(`${flags.json ? json(solution) : describeClaimSolution(solution, flags.limit)}\n`);
    });
}
