import { bandwidthCeiling, missingCeiling, opsCeiling } from '../machine/ceilings.js';
import type { Machine, MemoryLevel } from '../machine/types.js';
import { addon } from '../native/addon.js';
import type { Accuracy } from '../plans/conv2d-algorithm.js';
import type { Plan, Workload } from '../plans/plan.js';
import { ceilingType } from '../theory/ceiling-type.js';
import { levelHolding, type Roof, roofline } from '../theory/roofline.js';
import type { State } from '../theory/rows.js';
import type { RoundingError } from './family.js';
import { familyOf, sizesOf } from './index.js';
import { type Timing, timeRun } from './time.js';

/** How a run can pass a roof. Clocks and neighbours change from hour to hour. */
export const ABOVE_ROOF =
  'the ceilings were measured at another time, caches kept part of the operands, or a convolution left out products with padding or, by Winograd, most products, and all count';

export interface BenchmarkOptions {
  /** In place of the default plan's values. */
  plan?: Partial<Plan>;
  state: State;
  /** Whose ceilings the result is held against, and whose caches the default plan is cut for. */
  machine: Machine;
  /** Time for the samples; there are at least 5 whatever they take. Default 300. */
  milliseconds?: number;
  /** Default: exact. */
  accuracy?: Accuracy | undefined;
  signal?: AbortSignal | undefined;
}

/** One result, in the shape of `rooftile bench --json`. */
export interface BenchmarkRow {
  /** The specification: `gemm/f32/512x512x512/avx512/t1`. */
  name: string;
  workload: Workload;
  plan: Plan;
  threads: number;
  state: State;
  nanoseconds: Timing;
  /** From the minimum; 2 operations per multiply-accumulate. */
  opsPerSecond: number;
  /** Part of the register-only rate of this arithmetic, ISA and thread count; null where that wasn't measured. */
  ofCeiling: number | null;
  /** Part of `roof`; null where that isn't known. */
  ofRoofline: number | null;
  /** The most that the compulsory bytes allow, from DRAM when cold, from the nearest level that holds them when warm. */
  roof: Roof | null;
  /** Why a figure is null, under its name. */
  reasons: { ofCeiling?: string; ofRoofline?: string };
  /** Of a plan that rounds more than a sum does. */
  error?: RoundingError;
}

/**
 * The plan that a benchmark runs under. Throws a RangeError if it doesn't fit the workload, this CPU or its memory, so
 * that a list of shapes can be checked before the first one runs.
 */
export function benchmarkPlan(
  workload: Workload,
  options: Pick<BenchmarkOptions, 'plan' | 'machine' | 'accuracy'>,
): Plan {
  const family = familyOf(workload);
  const plan = family.plan(workload, options.plan ?? {}, options.machine, options.accuracy);
  const { isa } = addon().cpuInfo();
  if (!isa.includes(plan.isa)) {
    throw new RangeError(`isa is ${plan.isa}, but this CPU has ${isa.join(', ')}`);
  }
  family.requireMemory(workload, plan);
  return plan;
}

/** Times one workload on random operands, weights packed beforehand if the plan says prepared. */
export async function benchmark(workload: Workload, options: BenchmarkOptions): Promise<BenchmarkRow> {
  const { state, machine, milliseconds = 300, signal } = options;
  const plan = benchmarkPlan(workload, options);
  const family = familyOf(workload);
  const run = family.open(workload, plan);
  const timing = await timeRun(run, machine, { state, milliseconds, signal });
  const row = benchmarkRow(workload, plan, state, timing, machine);
  const error = family.error?.(workload, plan) ?? null;
  return error === null ? row : { ...row, error };
}

/** A timing held against the machine's ceiling and roofline. */
export function benchmarkRow(
  workload: Workload,
  plan: Plan,
  state: State,
  timing: Timing,
  machine: Machine,
): BenchmarkRow {
  const { kind, type } = workload;
  const family = familyOf(workload);
  const { isa, threads } = plan;
  const bytes = family.compulsoryBytes(workload, plan);
  const level = state === 'cold' ? 'dram' : levelHolding(machine, bytes);
  const ops = family.ops(workload);
  const roof = roofline(machine, { ops, bytes, level, type, isa, threads });
  const ceiling = opsCeiling(machine, { type: ceilingType(type, isa), isa, threads });
  // The clock counts whole nanoseconds, and a run without work may take none.
  const opsPerSecond = ops / (Math.max(1, timing.min) / 1e9);
  return {
    name: `${kind}/${type}/${sizesOf(workload)}/${isa}/t${threads}`,
    workload,
    plan,
    threads,
    state,
    nanoseconds: timing,
    opsPerSecond,
    ofCeiling: ceiling === null ? null : opsPerSecond / ceiling,
    ofRoofline: roof === null ? null : opsPerSecond / roof.opsPerSecond,
    roof,
    reasons: reasonsOf(machine, workload, plan, level),
  };
}

/** Which ceilings of a run the machine lacks, and what to do about it. */
export function reasonsOf(
  machine: Machine,
  workload: Pick<Workload, 'type'>,
  { isa, threads }: Pick<Plan, 'isa' | 'threads'>,
  level: MemoryLevel,
): BenchmarkRow['reasons'] {
  const { opsPerSecond, bytesPerSecond } = machine.ceilings;
  if (opsPerSecond.length === 0 && bytesPerSecond.length === 0) {
    const none = 'no calibration: run rooftile machine --calibrate';
    return { ofCeiling: none, ofRoofline: none };
  }
  const type = ceilingType(workload.type, isa);
  if (opsCeiling(machine, { type, isa, threads }) === null) {
    const missing = missingCeiling(machine, { type, isa, threads });
    return { ofCeiling: missing, ofRoofline: missing };
  }
  if (bandwidthCeiling(machine, { level, threads, kind: 'read' }) === null) {
    return {
      ofRoofline: `the calibration lacks ${level} read bandwidth on ${threads} thread${threads === 1 ? '' : 's'}`,
    };
  }
  return {};
}
