import type { Fill } from '../kernels/operands.js';
import type { Machine } from '../machine/types.js';
import type { Accuracy } from '../plans/conv2d-algorithm.js';
import type { Plan, Workload } from '../plans/plan.js';
import type { Residency } from '../theory/caches.js';
import type { Boundary, OperandReuse, State, Traffic } from '../theory/rows.js';
import type { MissCurve, Simulation, SimulationPolicy } from '../theory/simulation.js';

/** What the program can do with one kind of layer. Everything above (traffic, claims, commands) knows layers only so. */
export interface Family<W extends Workload = Workload, P extends Plan = Plan> {
  kind: W['kind'];
  /** A shape, and how its numbers are to be read: for help texts. */
  example: string;
  shapeHelp: string;
  /** A shape as a workload. Throws a RangeError that shows the grammar. */
  parse(shape: string): W;
  /** A checked copy of a workload. Throws TypeError or RangeError. */
  check(workload: W): W;
  /** The shape as `parse` reads it. */
  name(workload: W): string;
  /** Operations, 2 per multiply-accumulate, products with padding included. */
  ops(workload: W): number;
  /** Every operand once: what no schedule can do without. With `plan`, as narrow as it stores the weights. */
  compulsoryBytes(workload: W, plan?: P): number;
  /**
   * No schedule moves less with `fastBytes` of fast memory, cold start and final flush; with `plan`, none of its
   * algorithm and width of weights.
   */
  lowerBoundBytes(workload: W, fastBytes: number, plan?: P): number;
  planKeys: readonly string[];
  /** Checks the kind and range of the keys that are there. */
  partialPlan(plan: object): Partial<P>;
  /**
   * The default plan here (ROOFTILE_ISA, all CPUs if there is enough to do) for the caches of `machine`, with overrides. With
   * accuracy `fast` it may round more than a sum in the workload's type does, where a family has such a plan.
   */
  plan(workload: W, overrides: Partial<P>, machine: Machine, accuracy?: Accuracy): P;
  /** Throws a RangeError if the operands don't fit into free memory. */
  requireMemory(workload: W, plan: P): void;
  /** What the plan is taken to keep in each cache. */
  residency(workload: W, plan: P, machine: Machine): Residency[];
  /** The loop of which the last cache is to hold an iteration: then the block stays for whose sake the plan has its order. */
  keptScope: number;
  /** Closed forms of what the plan moves. Nothing runs. */
  theory(workload: W, plan: P, machine: Machine, state: State): Traffic;
  /** What a plan rounds beside one that only sums; null of a plan that only sums. Where a family has others. */
  error?(workload: W, plan: P): RoundingError | null;
  /** Operands of random numbers, or as `fill` says, weights prepared as the plan says: what counting and timing run on. */
  open(workload: W, plan: P, fill?: Fill): FamilyRun;
}

/** Errors against fp64 on random operands, ÷ the root mean square of the outputs. */
export interface RelativeError {
  max: number;
  rms: number;
}

/** What a plan rounds, and what the plain sum does on the same operands. */
export interface RoundingError extends RelativeError {
  algorithm: string;
  direct: RelativeError;
  /** Outputs that were compared, spread evenly over all. */
  outputs: number;
}

/** How a long run is watched and stopped. */
export interface WatchOptions {
  signal?: AbortSignal | undefined;
  /** Called now and then with the lines that were touched so far, in all runs. */
  onLines?: ((lines: number) => void) | undefined;
}

export interface FamilyRun {
  /** Runs the kernel and adds up what it moves, under the residency of the plan on `machine`. */
  count(machine: Machine, state: State, signal?: AbortSignal): Promise<Traffic>;
  /** Runs the kernel and sends its lines through the caches of `machine`. */
  simulate(
    machine: Machine,
    state: State,
    policy?: SimulationPolicy,
    options?: WatchOptions,
  ): Promise<Simulation>;
  /** Runs the kernel and tells what every size of cache would make of it; `rate`: the share of lines to follow. */
  missCurve(state: State, rate?: number, options?: WatchOptions): Promise<MissCurve>;
  /** How often the cache in front of `boundary` uses what it fetched. Where a family can tell; one thread. */
  reuse?(machine: Machine, boundary: Boundary, signal?: AbortSignal): Promise<OperandReuse[]>;
  /** The arrays that the kernel is called with, weights as they are packed. */
  operands(): Float32Array[];
  /** Nanoseconds of `count` runs; before each, `evictBytes` are read on every thread to empty the caches. */
  sample(count: number, evictBytes: number, signal?: AbortSignal): Promise<Float64Array>;
}
