import { Command, InvalidArgumentError } from 'commander';
import { type Machine, machine } from '../../machine/index.js';
import type { CacheLevel, Isa } from '../../machine/types.js';
import type { Plan, Workload } from '../../plans/plan.js';
import { json } from '../../report/json.js';
import { describeTraffic } from '../../report/traffic.js';
import type { State } from '../../theory/rows.js';
import { SOURCES, type SourceName } from '../../traffic/sources.js';
import { traffic } from '../../traffic/traffic.js';
import { abortOnInterrupt, CheckFailed } from '../errors.js';
import {
  deviceOption,
  isaOption,
  jsonOption,
  parseCaches,
  planOption,
  stateOption,
  threadsOption,
} from '../options.js';
import { KINDS_TEXT, PLANS_HELP, parseWorkload, SHAPES_HELP } from '../workloads.js';

interface TrafficFlags {
  source: SourceName[];
  state: State;
  threads: number;
  isa?: Isa;
  plan?: Partial<Plan>;
  cache?: CacheLevel[];
  device?: Machine;
  accumulate?: boolean;
  json?: boolean;
}

const EXAMPLES = `
${SHAPES_HELP}

${PLANS_HELP}

Sources:
  theory   closed forms of the plan's loops; nothing runs
  count    the kernel runs, and every block that it moves is added up

Examples:
  $ rooftile traffic gemm 1000x512x768                          both sources and their differences
  $ rooftile traffic gemm 1x4096x4096 --state warm --json       a linear layer on one vector, repeated
  $ rooftile traffic gemm 512x512x512 --plan order=input,kc=64  another plan
  $ rooftile traffic gemm 512x512x512 --cache l2=262144/8/64    a smaller second-level cache
  $ rooftile traffic conv2d mb1ic192ih13oc384oh13kh3ph1         a convolution: halo, padding and all
  $ rooftile traffic gru l4t50mb1sic400dhc400                   do the recurrent weights stay in cache?

Exit code 1 if two sources differ.`;

/** `rooftile traffic KIND SHAPE`: bytes by boundary, operand, direction and cause, from each source. */
export function trafficCommand(): Command {
  return new Command('traffic')
    .description('Show the bytes that a layer moves across each boundary of the memory hierarchy')
    .argument('<kind>', KINDS_TEXT)
    .argument('<shape>', 'the layer’s sizes, as below')
    .option('--source <names>', `any of ${SOURCES.join(',')}`, parseSources, [...SOURCES])
    .addOption(stateOption())
    .addOption(threadsOption())
    .addOption(isaOption())
    .addOption(planOption())
    .option('--cache <levels>', 'caches in place of this CPU’s: l1=bytes/ways/line,l2=…', parseCaches)
    .addOption(deviceOption())
    .option('--accumulate', 'add to the outputs (beta ≠ 0): they are read before they are written')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (kind: string, shape: string, flags: TrafficFlags) => {
      const parsed = parseWorkload(kind, shape);
      const workload = flags.accumulate ? accumulating(parsed) : parsed;
      const report = await traffic(workload, {
        sources: flags.source,
        state: flags.state,
        machine: await machineOf(flags),
        plan: { threads: flags.threads, ...(flags.isa ? { isa: flags.isa } : {}), ...flags.plan },
        signal: abortOnInterrupt(),
      });
      process.stdout.write(`${flags.json ? json(report) : describeTraffic(report)}\n`);
      const wrong = report.comparisons.filter(({ difference }) => difference !== 0);
      if (wrong.length > 0) {
        throw new CheckFailed(`${wrong.length} of ${report.comparisons.length} comparisons differ`);
      }
    });
}

function accumulating(workload: Workload): Workload {
  if (workload.kind !== 'gemm') throw new RangeError(`--accumulate is for gemm, not ${workload.kind}`);
  return { ...workload, accumulate: true };
}

function parseSources(text: string): SourceName[] {
  const names = text.split(',');
  for (const name of names) {
    if (!SOURCES.includes(name as SourceName)) {
      throw new InvalidArgumentError(`'${name}' is no source; there are ${SOURCES.join(', ')}.`);
    }
  }
  return names as SourceName[];
}

async function machineOf(flags: TrafficFlags): Promise<Machine> {
  const onWarning = (message: string): void => void process.stderr.write(`warning: ${message}\n`);
  const base = flags.device ?? (await machine({ onWarning }));
  if (flags.cache === undefined) return base;
  const caches = flags.cache.map((cache) => ({
    ...cache,
    sharedBy: base.caches.find(({ level }) => level === cache.level)?.sharedBy ?? 1,
  }));
  const kept = base.caches.filter(({ level }) => !caches.some((cache) => cache.level === level));
  return { ...base, caches: [...kept, ...caches].sort((a, b) => a.level - b.level) };
}
