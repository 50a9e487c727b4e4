import { Command } from 'commander';
import { type BenchmarkRow, benchmark, benchmarkPlan } from '../../families/bench.js';
import { familyNamed } from '../../families/index.js';
import { machine } from '../../machine/index.js';
import type { Isa } from '../../machine/types.js';
import { IMAGE_NETWORKS } from '../../networks/index.js';
import type { Accuracy } from '../../plans/conv2d-algorithm.js';
import type { Plan } from '../../plans/plan.js';
import { describeBenchmarks } from '../../report/bench.js';
import { benchmarkContext, describeContext } from '../../report/context.js';
import { json } from '../../report/json.js';
import type { State } from '../../theory/rows.js';
import type { GemmType } from '../../workloads/gemm-types.js';
import { abortOnInterrupt } from '../errors.js';
import {
  accuracyOption,
  isaOption,
  jsonOption,
  parsePositiveInteger,
  planOption,
  stateOption,
  threadsOption,
} from '../options.js';
import { progress } from '../progress.js';
import { KINDS_TEXT, PLANS_HELP, parseWorkload, SHAPES_HELP, TYPES_HELP, typeOption } from '../workloads.js';

interface BenchFlags {
  threads: number;
  type?: GemmType;
  isa?: Isa;
  plan?: Partial<Plan>;
  accuracy: Accuracy;
  state: State;
  milliseconds: number;
  batch?: number;
  check?: boolean;
  json?: boolean;
}

const EXAMPLES = `
${SHAPES_HELP}

${TYPES_HELP}

${PLANS_HELP}

The caches are warm by default, as in repeated runs on the same arrays: what is asked of a kernel is most often its own speed.
--state cold empties them before every sample. Weights are packed beforehand unless the plan says prepared=false.

  of ceiling   part of the register-only multiply-add rate of this arithmetic, ISA and thread count
  of roofline  part of what that rate and the bandwidth of the memory that holds the operands allow
  bound        which of the two limits it: compute, or the level of memory

Examples:
  $ rooftile bench gemm 256x256x256 1024x1024x1024          several shapes, one thread
  $ rooftile bench gemm 1x4096x4096 --state cold            a linear layer on one vector, weights from DRAM
  $ rooftile bench gemm 1024x1024x1024 --threads 2          two threads
  $ rooftile bench gemm 512x512x512 512x512x512:u8:s8:s32   fp32 beside bytes
  $ rooftile bench gemm 1x4096x4096 --type f32:s8:f32       fp32 inputs, weights of a byte each
  $ rooftile bench gemm 512x512x512 --plan order=input      another plan
  $ rooftile bench conv2d mb1ic192ih13oc384oh13kh3ph1       a convolution in the blocked layout
  $ rooftile bench conv2d mb1ic64ih56oc64oh56kh3ph1 --accuracy fast    Winograd where it pays, and its error
  $ rooftile bench gru l1t50mb1sic400dhc400                 50 steps of a recurrent layer
  $ rooftile bench gemm 512x512x512 --json > result.json    with the context, as data
  $ rooftile bench network alexnet resnet50 --threads 2     whole networks, layer by layer
  $ rooftile bench network resnet50 --accuracy fast --check           with Winograd, beside a plain run in fp64 (seconds)

Ctrl-C prints the shapes that are done and exits with 130.`;

/** `rooftile bench KIND SHAPE…`: how fast a kernel is, and how much of what the CPU allows. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('Time kernels and hold them against the ceiling and the roofline of this CPU')
    .argument('<kind>', `${KINDS_TEXT}, or network`)
    .argument(
      '<shape...>',
      `sizes of layers, as below; of network: ${Object.keys(IMAGE_NETWORKS).join(', ')}`,
    )
    .addOption(typeOption())
    .addOption(threadsOption())
    .addOption(isaOption())
    .addOption(planOption())
    .addOption(accuracyOption())
    .addOption(stateOption().default('warm'))
    .option(
      '--milliseconds <n>',
      'time for the samples of each shape, of which there are 5 at least',
      parsePositiveInteger('milliseconds'),
      300,
    )
    .option('--batch <n>', 'images at a time, of networks (default: 1)', parsePositiveInteger('batch'))
    .option('--check', 'compare the outputs of networks with a run in fp64')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(bench);
}

async function bench(kind: string, shapes: string[], flags: BenchFlags): Promise<void> {
  if (kind === 'network') {
    requireNetworkFlags(flags);
    // Loaded when asked for: other commands need no executor.
    const { benchNetworks } = await import('./bench-network.js');
    return benchNetworks(shapes, flags);
  }
  if (flags.batch !== undefined || flags.check !== undefined) {
    throw new RangeError('--batch and --check are for networks: a shape has its own batch');
  }
  const workloads = shapes.map((shape) => parseWorkload(kind, shape, flags.type));
  const { accuracy } = flags;
  const signal = abortOnInterrupt();
  const here = await machine({ onWarning: (message) => void process.stderr.write(`warning: ${message}\n`) });
  const plan = { threads: flags.threads, ...(flags.isa ? { isa: flags.isa } : {}), ...flags.plan };
  // A bad last shape must fail now, not after minutes.
  for (const workload of workloads) benchmarkPlan(workload, { plan, machine: here, accuracy });

  const context = benchmarkContext(here);
  const rows: BenchmarkRow[] = [];
  let failure: unknown;
  const reporter = progress();
  try {
    for (const [done, workload] of workloads.entries()) {
      reporter.update(done, workloads.length, `${kind} ${familyNamed(kind).name(workload)}`);
      const { state, milliseconds } = flags;
      rows.push(await benchmark(workload, { plan, state, machine: here, milliseconds, accuracy, signal }));
    }
  } catch (error) {
    // An interrupt, or a shape that memory can't hold: what was measured before is still good.
    failure = error;
  }
  reporter.done();

  if (flags.json) process.stdout.write(`${json({ schemaVersion: 1, context, benchmarks: rows })}\n`);
  else if (rows.length > 0) {
    process.stderr.write(`${describeContext(context)}\nCaches ${flags.state}.\n\n`);
    process.stdout.write(`${describeBenchmarks(rows)}\n`);
  }
  if (failure === undefined) return;
  if (workloads.length > 1) process.stderr.write(`${rows.length} of ${workloads.length} shapes done\n`);
  throw failure;
}

/** Networks have layers of several kinds, each under its default plan, and caches as the layer before left them. */
function requireNetworkFlags({ type, plan, state }: BenchFlags): void {
  if (type !== undefined) throw new RangeError('--type is for gemm: networks run in f32');
  if (plan !== undefined) throw new RangeError('--plan is for layers of one kind, and networks have several');
  if (state !== 'warm') throw new RangeError('--state is for layers: networks run over and over');
}
