import type { Boundary, Operand, TrafficRow } from '../theory/rows.js';
import type { LastCachePolicy, Replacement } from '../theory/simulation.js';
import type { Job } from './types.js';

/** A counted run: its rows, and a hash of its blocks in their order. */
export interface NativeCount {
  rows: TrafficRow[];
  schedule: string;
}

export interface NativeSimulationOptions {
  what: 'simulate';
  warm: boolean;
  lineBytes: number;
  /** Nearest first; `behind`: the boundary behind the cache. */
  caches: { sets: number; ways: number; behind: Boundary }[];
  replacement: Replacement;
  lastCache: LastCachePolicy;
  sharedLast: boolean;
  adjacentLine: boolean;
  nonTemporal: readonly Operand[];
  /** Lines ≡ r modulo `sampleOf` are simulated, for each r of `residues`; none: all. */
  sampleOf: number;
  residues: number[];
}

export interface NativeSimulation extends NativeCount {
  lines: number;
  /** 0 where all lines were simulated. */
  relativeError: number;
}

export interface NativeMissCurveOptions {
  what: 'missCurve';
  warm: boolean;
  lineBytes: number;
  rate: number;
  mostLines: number;
}

export interface NativeMissCurve {
  cacheLines: Float64Array;
  read: Partial<Record<Operand, Float64Array>>;
  write: Partial<Record<Operand, Float64Array>>;
  lines: number;
  distinctLines: number;
}

/** A family's observe function: what simulated caches, or stack distances, make of the run's lines. */
export interface NativeObserve<Operator, Operands extends unknown[]> {
  (operator: Operator, ...rest: [...Operands, options: NativeSimulationOptions]): Job<NativeSimulation>;
  (operator: Operator, ...rest: [...Operands, options: NativeMissCurveOptions]): Job<NativeMissCurve>;
}
