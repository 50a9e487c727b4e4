// rooftile and other libraries on the same layers and data, in turn.
//
//   npm run bench:peers -- gemm|conv2d|gru|lstm [SHAPE…] [--quick] [--threads 2] [--state cold] [--type …] [--json]
import { Command, InvalidArgumentError, Option } from 'commander';
import { explain } from '../../src/cli/errors.js';
import { jsonOption, parsePlan, parsePositiveInteger, threadsOption } from '../../src/cli/options.js';
import { progress } from '../../src/cli/progress.js';
import { storedMachine } from '../../src/machine/index.js';
import type { Plan } from '../../src/plans/plan.js';
import { benchmarkContext, describeContext } from '../../src/report/context.js';
import { json } from '../../src/report/json.js';
import { GEMM_TYPES, type GemmType, gemmType } from '../../src/workloads/gemm-types.js';
import { type EntryResult, movedMessage, runEntry, type Terms } from './entry.js';
import { entriesOf, KINDS } from './kinds.js';
import { STATES } from './layer.js';
import { compareNetworks } from './networks.js';
import { variantsOf } from './own-sides.js';
import { openPeers, PEERS } from './peers.js';
import { describeSummaries, summarise } from './summary.js';
import { describeContests } from './table.js';

interface Flags extends Omit<Terms, 'variants'> {
  quick?: boolean;
  batch?: number;
  type: GemmType;
  peers: string[];
  plan: Partial<Plan>[];
  json?: boolean;
}

async function compare(kind: string, named: string[], flags: Flags): Promise<void> {
  if (kind === 'networks') return compareNetworks(named, flags);
  const { threads, state, quick = false } = flags;
  const machine = storedMachine();
  // A bad last shape must fail now, not after minutes.
  const terms = { ...flags, variants: variantsOf(flags.plan) };
  const entries = entriesOf(kind, named, { ...terms, quick }, machine);
  const peers = openPeers(flags.peers, KINDS[kind]?.native ?? null);
  const context = benchmarkContext(machine);
  const reporter = progress();
  const contests = entries.map((entry, done) => {
    reporter.update(done, entries.length, `${kind} ${entry.layer.name}`);
    return runEntry(entry, terms, peers, machine);
  });
  reporter.done();
  const missing = [...new Set([...peers.missing, ...contests.flatMap((contest) => contest.missing)])];
  if (flags.json) {
    const versions = [
      ...new Set(contests.flatMap(({ sides }) => sides.flatMap((side) => side.version ?? []))),
    ];
    const head = { schemaVersion: 3, context, peers: versions, missing, kind, state, threads };
    process.stdout.write(`${json({ ...head, contests, summaries: summarise(contests) })}\n`);
    return;
  }
  const lines = [
    describeContext(context),
    `${kind}, ${threads} thread${threads === 1 ? '' : 's'}, ${state === 'hot' ? 'caches warm' : 'weights cold'}`,
    ...describeKernels(contests),
    ...missing,
    ...contests.map(movedMessage).filter((text) => text !== ''),
  ];
  process.stderr.write(`${lines.join('\n')}\n\n`);
  process.stdout.write(`${describeContests(contests)}\n`);
  if (contests.length > 1) process.stdout.write(`\n${describeSummaries(summarise(contests))}\n`);
}

/** "OPENBLAS_CORETYPE=SkylakeX for 64x64x64 512x512x512", so that each figure can be had again. */
function describeKernels(contests: readonly EntryResult[]): string[] {
  const settings = contests.flatMap(({ name, kernels }) =>
    kernels.map(({ variable, value }) => ({
      name,
      setting: `${variable}${value === null ? ' unset' : `=${value}`}`,
    })),
  );
  return [...new Set(settings.map(({ setting }) => setting))].sort().map((setting) => {
    const names = settings.filter((one) => one.setting === setting).map(({ name }) => name);
    return `${setting} is the fastest for ${names.join(' ')}`;
  });
}

function parseType(text: string): GemmType {
  try {
    return gemmType(text);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

function parsePeers(text: string): string[] {
  const names = text.split(',');
  const unknown = names.find((name) => !PEERS.includes(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`'${unknown}' is none of ${PEERS.join(', ')}.`);
  }
  return names;
}

const EXAMPLES = `
A ratio is the best peer's time ÷ ours: above 1 where rooftile is faster. "best" compares the two shortest times, "median"
is that of the ratios of neighbouring samples, with its 95 % interval. Prepared weights are compared with prepared ones
only. Speeds count products with padding.

Examples:
  $ npm run bench:peers -- gemm --quick
  $ npm run bench:peers -- gemm 1x4096x4096 16x4096x4096 --threads 2 --state cold
  $ npm run bench:peers -- gemm 1024x1024x1024 --type u8:s8:s32 --peers onednn,onnxruntime
  $ npm run bench:peers -- conv2d --batch 8 --threads 2
  $ npm run bench:peers -- conv2d mb1ic192ih13oc384oh13kh3ph1 --plan qr=8,kr=32
  $ npm run bench:peers -- gru l4t50mb1sic400dhc400 --milliseconds 3000
  $ npm run --silent bench:peers -- gemm --json > gemm.json`;

const program = new Command('bench:peers')
  .description('Time rooftile and other libraries on the same layers and data, in turn')
  .argument('<kind>', `${Object.keys(KINDS).join(', ')}, or networks`)
  .argument('[shapes...]', 'default: the layers of shapes.ts; of networks alexnet, googlenet, resnet50')
  .option('--quick', 'a few of the shapes only')
  .option('--batch <n>', 'images of the default convolutions', parsePositiveInteger('batch'))
  .addOption(threadsOption())
  .addOption(
    new Option('--state <state>', 'cold: each run of a gemm finds other weights, from memory')
      .choices(STATES)
      .default('hot'),
  )
  .addOption(
    new Option('--type <type>', `element types of a gemm: ${GEMM_TYPES.join(', ')}`)
      .argParser(parseType)
      .default('f32'),
  )
  .addOption(
    new Option('--peers <names>', 'only these').argParser(parsePeers).default(PEERS, PEERS.join(',')),
  )
  .addOption(
    new Option(
      '--plan <k=v,…>',
      'one more side of ours, with these in place of the default plan’s; repeatable',
    )
      .argParser((text: string, before: Partial<Plan>[]) => [...before, parsePlan(text)])
      .default([], 'none'),
  )
  .option(
    '--milliseconds <n>',
    'time for each side of each layer',
    parsePositiveInteger('milliseconds'),
    1000,
  )
  .addOption(jsonOption())
  .addHelpText('after', EXAMPLES)
  .exitOverride()
  .action(compare);

try {
  await program.parseAsync(process.argv.slice(2), { from: 'user' });
} catch (error) {
  const { text, exitCode } = explain(error);
  if (text) console.error(text);
  process.exitCode = exitCode;
}
