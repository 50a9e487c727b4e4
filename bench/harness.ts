import Benchmark from 'benchmark';
import { type BenchmarkRow, benchmarkRow } from '../src/families/bench.js';
import { summarise, type Timing } from '../src/families/time.js';
import { type Machine, storedMachine } from '../src/machine/index.js';
import type { Plan, Workload } from '../src/plans/plan.js';
import { describeBenchmarks } from '../src/report/bench.js';
import { type BenchmarkContext, benchmarkContext, describeContext } from '../src/report/context.js';
import { json } from '../src/report/json.js';

// The only file that knows benchmark.js.

export interface Case {
  name: string;
  run(): void;
  /** Operations of one run; 0 where only the time matters. */
  ops: number;
  /** A kernel's case has its share of the ceiling and the roofline, too. */
  kernel?: { workload: Workload; plan: Plan };
}

export interface SuiteOptions {
  /** Every case is measured once a round, so that drift of the clock and neighbours meet all alike. Default 5. */
  rounds?: number;
  /** Time of one case in one round. Default 100. */
  milliseconds?: number;
  /** Short cases are repeated to fill a sample, which is their mean; the longer, the less of benchmark.js in it. Default 1. */
  sampleMilliseconds?: number;
}

/** A row of `rooftile bench --json`; a case that isn't a kernel has null for what only a kernel has. */
export type SuiteRow =
  | BenchmarkRow
  | (Pick<BenchmarkRow, 'name' | 'nanoseconds' | 'opsPerSecond' | 'reasons'> & {
      [key in 'workload' | 'plan' | 'threads' | 'ofCeiling' | 'ofRoofline' | 'roof']: null;
    } & { state: 'warm' });

/** The document of `rooftile bench --json`. */
export interface SuiteDocument {
  schemaVersion: 1;
  context: BenchmarkContext;
  benchmarks: SuiteRow[];
}

/**
 * Measures the cases interleaved and returns the samples of each in nanoseconds. Throws the error of a case, with the
 * case's name: benchmark.js itself would swallow it.
 */
export function measure(cases: readonly Case[], options: SuiteOptions = {}): Map<Case, Float64Array> {
  const { rounds = 5 } = options;
  const samples = new Map<Case, number[]>(cases.map((one) => [one, []]));
  for (let round = 0; round < rounds; ++round) {
    // Another case goes first each time: whoever follows the largest finds the coldest caches.
    const turn = cases.map((_, i) => cases[(i + round) % cases.length] as Case);
    for (const one of turn) samples.get(one)?.push(...measureOnce(one, options));
  }
  return new Map([...samples].map(([one, times]) => [one, Float64Array.from(times)]));
}

function measureOnce(one: Case, options: SuiteOptions): number[] {
  const { milliseconds = 100, sampleMilliseconds = 1 } = options;
  let failure: { error: unknown } | undefined;
  const bench = new Benchmark(one.name, () => one.run(), {
    async: false,
    minSamples: 2,
    minTime: sampleMilliseconds / 1000,
    maxTime: milliseconds / 1000,
    // The type of a target lacks the error that it carries.
    onError: (event: Benchmark.Event) => {
      failure = { error: (event.target as { error?: unknown }).error };
    },
  });
  try {
    bench.run({ async: false });
  } catch (error) {
    // Errors of the first run reach the event, those of later ones are thrown.
    failure ??= { error };
  }
  if (failure !== undefined) {
    const { error } = failure;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${one.name}: ${reason}`, { cause: error });
  }
  if (bench.stats.sample.length === 0) throw new Error(`${one.name}: too short for the clock`);
  return bench.stats.sample.map((seconds) => seconds * 1e9);
}

/** Runs the cases interleaved: min, median and p90 of the samples of each, with the context. Prints nothing. */
export function runSuite(
  cases: readonly Case[],
  options: SuiteOptions = {},
  machine: Machine = storedMachine(),
): SuiteDocument {
  const benchmarks = [...measure(cases, options)].map(([one, samples]) =>
    rowOf(one, summarise(samples), machine),
  );
  return { schemaVersion: 1, context: benchmarkContext(machine), benchmarks };
}

function rowOf({ name, ops, kernel }: Case, timing: Timing, machine: Machine): SuiteRow {
  if (kernel !== undefined) {
    return { ...benchmarkRow(kernel.workload, kernel.plan, 'warm', timing, machine), name };
  }
  return {
    name,
    workload: null,
    plan: null,
    threads: null,
    state: 'warm',
    nanoseconds: timing,
    opsPerSecond: ops / (timing.min / 1e9),
    ofCeiling: null,
    ofRoofline: null,
    roof: null,
    reasons: {},
  };
}

/** Runs the cases and prints them: a table, or one JSON document where the command line says --json. */
export function suite(name: string, cases: readonly Case[], options: SuiteOptions = {}): SuiteDocument {
  const document = runSuite(cases, options);
  print(name, document, () => describeBenchmarks(document.benchmarks));
  return document;
}

/** Data to standard output; to people the context on standard error, as `rooftile bench` does. */
export function print(name: string, document: SuiteDocument, describe: () => string): void {
  if (process.argv.includes('--json')) return void process.stdout.write(`${json(document)}\n`);
  process.stderr.write(`${name}\n${describeContext(document.context)}\n\n`);
  process.stdout.write(`${describe()}\n`);
}

/** The median of some ratios, and its 95 % interval. */
export interface Distribution {
  median: number;
  low: number;
  high: number;
}

/** How much longer b takes than a: the ratios b/a of pairs that ran one after the other. */
export interface Ratio extends Distribution {
  name: string;
  a: Timing;
  b: Timing;
  pairs: number;
}

/** Times a and b in turn, the first of each pair alternating: their ratio is then free of what drifts. */
export async function comparePairs(
  name: string,
  a: () => Promise<unknown>,
  b: () => Promise<unknown>,
  pairs: number,
): Promise<Ratio> {
  const nanosecondsOf = async (run: () => Promise<unknown>) => {
    const start = process.hrtime.bigint();
    await run();
    return Number(process.hrtime.bigint() - start);
  };
  const times = { a: new Float64Array(pairs), b: new Float64Array(pairs) };
  await a();
  await b();
  for (let i = 0; i < pairs; ++i) {
    const order = i % 2 === 0 ? (['a', 'b'] as const) : (['b', 'a'] as const);
    for (const which of order) times[which][i] = await nanosecondsOf(which === 'a' ? a : b);
  }
  const ratios = times.a.map((time, i) => (times.b[i] ?? Number.NaN) / time);
  return {
    name,
    a: summarise(times.a),
    b: summarise(times.b),
    ...distribution(ratios),
    pairs,
  };
}

/** Median of the ratios and its 95 % interval by order statistics. */
export function distribution(ratios: ArrayLike<number>): Distribution {
  const sorted = Float64Array.from(ratios).sort();
  const at = (rank: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(rank)))] as number;
  const spread = 0.98 * Math.sqrt(sorted.length);
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    low: at(Math.floor(middle - spread)),
    high: at(Math.ceil(middle + spread)),
  };
}
