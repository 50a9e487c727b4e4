import type { Timing } from '../families/time.js';
import type { Machine } from '../machine/types.js';
import type { Plan, Workload } from '../plans/plan.js';
import type { Boundary, OperandReuse, State, Traffic } from '../theory/rows.js';
import type { Simulation } from '../theory/simulation.js';
import type { Assumption } from '../traffic/assumptions.js';
import type { Comparison } from '../traffic/compare.js';
import type { ReportData } from './report-data.js';

/** `article`: printed there, or in the commentary on it. `time`: from a measured time. */
export type FigureSource = 'article' | 'theory' | 'count' | 'simulation' | 'time' | 'hardware';

export interface Figure {
  name: string;
  unit: string;
  source: FigureSource;
  /** null: not measured; `reason` says why. */
  value: number | null;
  reason?: string;
}

export type Verdict = 'holds' | 'holds-if' | 'does-not-hold';

export interface ClaimResult {
  id: string;
  /** What the article or the commentary says. */
  claim: string;
  verdict: Verdict;
  /** holds-if: the condition. does-not-hold: the right value. */
  condition: string | null;
  figures: Figure[];
}

/** One run's traffic from all sources, row by row. */
export interface ClosedRun {
  workload: Workload;
  plan: Plan;
  state: State;
  /** Theory against count. */
  rows: Comparison[];
  /** Theory against the simulation; none on a machine without caches. */
  simulated: Comparison[];
  /** Whether the simulated caches keep what the plan takes them to keep. */
  assumptions: Assumption[];
  /** Simulation against time × bandwidth, where the run waits for one level and was timed in this state. */
  timed: Comparison[];
  /** Standard error of a sampled simulation's DRAM bytes ÷ those bytes; null where every line was simulated. */
  relativeError: number | null;
}

/** Where claims do their experiments. */
export interface Laboratory {
  /** What charts and tables show beside the figures: claims add their part. */
  report: ReportData;
  machine: Machine;
  quick: boolean;
  plan(workload: Workload, overrides?: Partial<Plan>): Plan;
  /** Counted traffic of a run. It is simulated too, and both comparisons with theory are kept for the report. */
  count(workload: Workload, plan: Plan, state: State): Promise<Traffic>;
  /** Simulated traffic of the run that was counted last; null on a machine without caches. */
  simulated(): Simulation | null;
  time(workload: Workload, plan: Plan, state: State, options?: TimeOptions): Promise<Timing>;
  /** How often the cache in front of `boundary` uses what it fetched. */
  reuse(workload: Workload, plan: Plan, boundary: Boundary): Promise<OperandReuse[]>;
}

export interface TimeOptions {
  /** For all samples, if not as long as a figure of its own deserves. */
  milliseconds?: number;
  /** Whether the run is a point of the report's roofline. Default true; one layer of many needn't be. */
  point?: boolean;
}

export interface Claim {
  id: string;
  claim: string;
  test(laboratory: Laboratory): Promise<Omit<ClaimResult, 'id' | 'claim'>>;
}

/** A figure; one that needs a ceiling that the machine file lacks is null and says so. */
export function figure(name: string, unit: string, source: FigureSource, value: number | null): Figure {
  if (value !== null) return { name, unit, source, value };
  return {
    name,
    unit,
    source,
    value,
    reason: 'the machine file lacks a ceiling: rooftile machine --calibrate',
  };
}

/** A figure that follows from a layer's shape, or from closed forms. */
export function theoryFigure(name: string, unit: string, value: number): Figure {
  return figure(name, unit, 'theory', value);
}

/** A figure as the article has it. */
export function articleFigure(name: string, unit: string, value: number): Figure {
  return figure(name, unit, 'article', value);
}
