import { Command, InvalidArgumentError, Option } from 'commander';
import { familyOf } from '../../families/index.js';
import { type Machine, machine } from '../../machine/index.js';
import type { CacheLevel, Isa } from '../../machine/types.js';
import type { Accuracy } from '../../plans/conv2d-algorithm.js';
import type { Plan, Workload } from '../../plans/plan.js';
import { assumptionSentence, distanceSentence } from '../../report/assumptions.js';
import { describeBudget } from '../../report/budget.js';
import { mustAgree } from '../../report/closure.js';
import { benchmarkContext } from '../../report/context.js';
import { json } from '../../report/json.js';
import { describeMissCurve, missCurveDocument } from '../../report/miss-curve.js';
import { describeTraffic } from '../../report/traffic.js';
import type { State } from '../../theory/rows.js';
import type { SimulationPolicy } from '../../theory/simulation.js';
import {
  BUDGET_HELP,
  type BudgetCheck,
  checkBudget,
  isBudgetFile,
  type Limit,
  parseLimits,
} from '../../traffic/budget.js';
import { leastBytes } from '../../traffic/least.js';
import { DEFAULT_SOURCES, SOURCES, type SourceName } from '../../traffic/sources.js';
import { type TrafficReport, traffic } from '../../traffic/traffic.js';
import type { GemmType } from '../../workloads/gemm-types.js';
import { runBudgetFile } from '../budget-file.js';
import { abortOnInterrupt, CheckFailed } from '../errors.js';
import { requireWritable } from '../files.js';
import { htmlOption, writePage } from '../html.js';
import {
  accuracyOption,
  deviceOption,
  isaOption,
  jsonOption,
  POLICY_HELP,
  parseCaches,
  planOption,
  policyOption,
  stateOption,
  threadsOption,
} from '../options.js';
import { progress } from '../progress.js';
import { KINDS_TEXT, PLANS_HELP, parseWorkload, SHAPES_HELP, TYPES_HELP, typeOption } from '../workloads.js';

interface TrafficFlags {
  source: SourceName[];
  state: State;
  threads: number;
  type?: GemmType;
  isa?: Isa;
  plan?: Partial<Plan>;
  accuracy: Accuracy;
  cache?: CacheLevel[];
  device?: Machine;
  policy?: SimulationPolicy;
  curve?: number;
  budget?: string | Limit[];
  accumulate?: boolean;
  html?: string;
  json?: boolean;
}

const EXAMPLES = `
${SHAPES_HELP}

${TYPES_HELP}

${PLANS_HELP}

Sources:
  theory    closed forms of the plan's loops; nothing runs
  count     the kernel runs, and every block that it moves is added up
  simulate  the kernel runs, and every line that it moves goes through simulated caches: conflicts, halo, write-backs
  time      where the run waits for one level: its time × the bandwidth of that level, measured in turn with it

${POLICY_HELP}

Budgets: ${BUDGET_HELP}.
A file (….json) runs its own layers: {"budgets": [{"workload": "gemm 64x512x512", "state": "warm", "plan": {"mc": 84},
"source": "simulate", "limits": {"dramBytes": 12e6}}]}

Examples:
  $ rooftile traffic gemm 1000x512x768                          theory and count, which must agree
  $ rooftile traffic gemm 1024x1024x1024 --source theory,count,simulate --state warm
  $ rooftile traffic gemm 1x4096x4096 --state warm --json       a linear layer on one vector, repeated
  $ rooftile traffic gemm 1x4096x4096:u8:s8:u8                  the same of bytes; or --type u8:s8:u8
  $ rooftile traffic gemm 512x512x512 --plan order=input,kc=64  another plan
  $ rooftile traffic gemm 512x512x512 --cache l2=262144/8/64    a smaller second-level cache
  $ rooftile traffic conv2d mb1ic192ih13oc384oh13kh3ph1         a convolution: halo, padding and all
  $ rooftile traffic conv2d mb1ic64ih56oc64oh56kh3ph1 --plan algorithm=winograd4    fewer operations, more bytes
  $ rooftile traffic gru l4t50mb1sic400dhc400                   do the recurrent weights stay in cache?
  $ rooftile traffic gemm 512x512x512 --curve                   bytes for every size of cache
  $ rooftile traffic gemm 512x512x512 --source simulate --html traffic.html
  $ rooftile traffic gemm 512x512x512 --source simulate --budget dramBytes=5e6
  $ rooftile traffic --budget budgets.json                      a file of layers and limits, for CI

Exit code 1 if theory and count differ, or a budget is exceeded.`;

/** `rooftile traffic KIND SHAPE`: bytes by boundary, operand, direction and cause, from each source. */
export function trafficCommand(): Command {
  return new Command('traffic')
    .description('Show the bytes that a layer moves across each boundary of the memory hierarchy')
    .argument('[kind]', KINDS_TEXT)
    .argument('[shape]', 'the layer’s sizes, as below')
    .option('--source <names>', `any of ${SOURCES.join(',')}`, parseSources, [...DEFAULT_SOURCES])
    .addOption(stateOption())
    .addOption(typeOption())
    .addOption(threadsOption())
    .addOption(isaOption())
    .addOption(planOption())
    .addOption(accuracyOption())
    .option('--cache <levels>', 'caches in place of this CPU’s: l1=bytes/ways/line,l2=…', parseCaches)
    .addOption(deviceOption())
    .addOption(policyOption())
    .addOption(
      new Option('--curve [rate]', 'bytes for every size of cache, from this share of the lines (1: exact)')
        .argParser(parseRate)
        .preset('1'),
    )
    .option('--budget <limits>', 'exit 1 if the run moves more: dramBytes=12e6,…, or a file', parseBudget)
    .option('--accumulate', 'add to the outputs (beta ≠ 0): they are read before they are written')
    .addOption(htmlOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (kind: string | undefined, shape: string | undefined, flags: TrafficFlags) => {
      if (typeof flags.budget === 'string') {
        if (kind !== undefined) {
          throw new RangeError(`a budget file has its own layers: leave out '${kind} ${shape ?? ''}'`);
        }
        if (flags.type !== undefined)
          throw new RangeError('a budget file has its own types: leave out --type');
        return runBudgetFile(flags.budget, {
          machine: await machineOf(flags),
          sources: flags.source,
          policy: flags.policy,
          json: flags.json ?? false,
          signal: abortOnInterrupt(),
        });
      }
      if (kind === undefined) throw new RangeError(`missing required argument 'kind': ${KINDS_TEXT}`);
      if (shape === undefined) throw new RangeError("missing required argument 'shape'");
      await runOne(kind, shape, flags, flags.budget);
    });
}

async function runOne(kind: string, shape: string, flags: TrafficFlags, limits?: Limit[]): Promise<void> {
  const parsed = parseWorkload(kind, shape, flags.type);
  const workload = flags.accumulate ? accumulating(parsed) : parsed;
  if (flags.html !== undefined) requireWritable(flags.html, '--html');
  const here = await machineOf(flags);
  // A page without its curve would be half a page.
  const missCurve = flags.curve ?? (flags.html === undefined ? undefined : 1);
  const reporter = progress();
  const report = await traffic(workload, {
    sources: flags.source,
    state: flags.state,
    machine: here,
    plan: { threads: flags.threads, ...(flags.isa ? { isa: flags.isa } : {}), ...flags.plan },
    accuracy: flags.accuracy,
    ...(flags.policy === undefined ? {} : { policy: flags.policy }),
    ...(missCurve === undefined ? {} : { missCurve }),
    signal: abortOnInterrupt(),
    onLines: (lines) => reporter.show(`${(lines / 1e6).toFixed(0)} million lines`),
  }).finally(() => reporter.done());
  const checks = limits === undefined ? [] : checkBudget(limits, report.sources);
  process.stdout.write(`${flags.json ? documentOf(report, checks, limits) : textOf(report, checks, here)}\n`);
  if (flags.html !== undefined) await writeTrafficPage(flags.html, report, here);
  const exact = report.comparisons.filter(mustAgree);
  const wrong = exact.filter(({ difference }) => difference !== 0);
  if (wrong.length > 0) throw new CheckFailed(`${wrong.length} of ${exact.length} comparisons differ`);
  const over = checks.filter((check) => check.over);
  if (over.length > 0) throw new CheckFailed(`over budget: ${over.map(({ name }) => name).join(', ')}`);
}

function documentOf(report: TrafficReport, checks: BudgetCheck[], limits?: Limit[]): string {
  const { missCurve, ...rest } = report;
  return json({
    ...rest,
    ...(missCurve && { missCurve: missCurveDocument(missCurve) }),
    ...(limits && { budgets: checks }),
  });
}

function textOf(report: TrafficReport, checks: BudgetCheck[], here: Machine): string {
  const { workload, plan, state, missCurve } = report;
  const least = (cacheBytes: number) =>
    leastBytes(workload, { cacheBytes, threads: plan.threads, state, plan });
  return [
    describeTraffic(report),
    ...(missCurve === undefined ? [] : [describeMissCurve(missCurve, here, least)]),
    ...(checks.length === 0 ? [] : [describeBudget(checks)]),
  ].join('\n\n');
}

async function writeTrafficPage(path: string, report: TrafficReport, here: Machine): Promise<void> {
  const { trafficPage } = await import('../../report/html/index.js');
  const data = {
    report,
    machine: here,
    curve: report.missCurve ?? null,
    assumptions: (report.assumptions ?? [])
      .filter(({ predicted, simulated }) => !(predicted && simulated))
      .map(assumptionSentence),
    distance: distanceSentence(report.distance),
  };
  const sources = Object.keys(report.sources).join(',');
  const { workload } = report;
  const name = `${workload.kind} ${familyOf(workload).name(workload)}`;
  const command = `npx rooftile traffic ${name} --source ${sources} --state ${report.state} --html traffic.html`;
  writePage(path, await trafficPage(data, benchmarkContext(here), { command }));
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

function parseRate(text: string): number {
  const rate = Number(text);
  if (!(rate > 0 && rate <= 1)) throw new InvalidArgumentError('the rate is above 0 and at most 1.');
  return rate;
}

function parseBudget(text: string): string | Limit[] {
  if (isBudgetFile(text)) return text;
  try {
    return parseLimits(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
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
