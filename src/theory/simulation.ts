import type { Operand, Traffic } from './rows.js';

export const REPLACEMENTS = ['lru', 'plru'] as const;
export type Replacement = (typeof REPLACEMENTS)[number];

/** How the last cache relates to the one before it: AMD's is a victim cache, Intel's was inclusive until Skylake-SP. */
export const LAST_CACHES = ['nonInclusive', 'inclusive', 'victim'] as const;
export type LastCachePolicy = (typeof LAST_CACHES)[number];

export const PREFETCHES = ['none', 'adjacentLine'] as const;
export const CAPACITIES = ['nominal', 'effective'] as const;

/** How the caches of a machine behave when they are simulated. All write-allocate and write-back. */
export interface SimulationPolicy {
  /** Which line of a set goes. Default lru. */
  replacement?: Replacement;
  /** Default nonInclusive. */
  lastCache?: LastCachePolicy;
  /** `adjacentLine`: the second level fetches lines in pairs. Default none. */
  prefetch?: (typeof PREFETCHES)[number];
  /** Operands whose stores go past the caches where they overwrite without reading. Default none. */
  nonTemporal?: readonly Operand[];
  /** `effective`: as many ways of each cache as its measured capacity fills. Default nominal. */
  capacity?: (typeof CAPACITIES)[number];
  /** Simulate one line in this many (a power of two up to 64), chosen by set. Default 1: all. */
  sampleOf?: number;
}

/** Traffic of a simulated run, in whole lines, with the causes that only a simulation can tell. */
export interface Simulation extends Traffic {
  /** Lines that the run touched: the events of the simulation. */
  lines: number;
  /** Of a sample: standard error of the DRAM bytes ÷ those bytes; null where every line was simulated. */
  relativeError: number | null;
  /** Hash of the blocks in their order; equal to that of the counted run. */
  schedule: string;
}

/** Bytes that a fully associative LRU cache fetches and writes back, for every size, by operand. */
export interface MissCurve {
  lineBytes: number;
  /** Sizes in lines at which anything changes, smallest first; below and between them the figure is that of the step before. */
  cacheLines: Float64Array;
  /** Bytes at each of those sizes; only operands that the run touches. */
  read: Partial<Record<Operand, Float64Array>>;
  write: Partial<Record<Operand, Float64Array>>;
  /** Lines touched, and different ones among them. */
  lines: number;
  distinctLines: number;
  /** The share of lines that was followed; 1: all of them, and the curve is exact. */
  rate: number;
}
