import { allocate } from '../kernels/allocate.js';
import { finish, pinBuffers } from '../kernels/calls.js';
import { fillRandom, requireFreeMemory } from '../kernels/operands.js';
import type { Machine } from '../machine/types.js';
import { addon } from '../native/addon.js';
import type { Plan, Workload } from '../plans/plan.js';
import type { Boundary, State, Totals } from '../theory/rows.js';
import { bandwidthBound } from './bandwidth-bound.js';
import type { FamilyRun } from './family.js';
import { familyOf } from './index.js';
import { sweepBytes } from './time.js';

/** What a run's time says of the bytes at the one level that it waits for; nothing, with the reason, where it can't. */
export type TimedTraffic =
  | {
      /** Time knows no operands. */
      rows: [];
      /** Of `boundary` only. */
      totals: Totals;
      /** Midway (geometrically) between what the slower and the faster plain reader would have read in that time. */
      bytes: number;
      /** From the low end of the slower one's to the high end of the faster one's: 95 % of chance, and the reader's part. */
      lowBytes: number;
      highBytes: number;
      boundary: Boundary;
      /** Medians over the pairs: of the run, and of what plain reads got from that level, likewise midway. */
      nanoseconds: number;
      bytesPerSecond: number;
      pairs: number;
    }
  | { bytes: null; reason: string };

const LEAST_PAIRS = 9;
const MOST_PAIRS = 1000;
/**
 * Of a pair's run and of its read, one after the other; the fastest counts. On a shared machine half of them are
 * disturbed, by twice their time and more, and the first after a fresh buffer waits for that one's lines to be written.
 */
const REPEATED = 3;

/**
 * Bytes of a bandwidth-bound run: time × the bandwidth of its level. That is measured beside it, in turn with the run,
 * since neighbours change both by a factor from second to second; by two readers, since what memory delivers depends on
 * how it is asked: linear layers of 1 to 4 rows beyond L3 gave 0.84 to 1.01 of their bytes by the one that leaves prefetching
 * to the hardware, and 1.06 to 1.30 by the one that prefetches. Takes about `milliseconds`, and 9 pairs at least.
 */
export async function timedTraffic(
  run: FamilyRun,
  workload: Workload,
  plan: Plan,
  machine: Machine,
  state: State,
  signal?: AbortSignal,
  milliseconds = 1500,
): Promise<TimedTraffic> {
  const { brand } = addon().cpuInfo();
  if (machine.cpu.model !== brand) {
    return { bytes: null, reason: `runs are timed here, on ${brand}, not on ${machine.cpu.model}` };
  }
  const bound = bandwidthBound(workload, plan, machine, state);
  if (bound.boundary === null) return { bytes: null, reason: bound.reason };
  const { boundary } = bound;

  const evictBytes = sweepBytes(machine);
  const fromDram = boundary === 'dram';
  const data = fromDram
    ? largest(run.operands())
    : randomData(
        bytesWithin(boundary, familyOf(workload).compulsoryBytes(workload, plan), machine, plan.threads),
      );
  const reading = (reader: 'panels' | 'ahead') => (samples: number, evict: number) =>
    finish(() => addon().readTime(data, reader, plan.threads, samples, evict), signal);
  const running = (samples: number, evict: number) => run.sample(samples, evict, signal);
  // Reads of a cache follow another one, which brought the data there; warm runs too, since reads came in between.
  const fastest = async (sample: typeof running, cold: boolean) =>
    Math.min(...(cold ? await sample(REPEATED, evictBytes) : (await sample(1 + REPEATED, 0)).subarray(1)));

  await run.sample(1, 0, signal); // warms up the clock, the pages and the pool
  const runs: number[] = [];
  const rates = { panels: [] as number[], ahead: [] as number[] };
  const end = performance.now() + milliseconds;
  while (runs.length < LEAST_PAIRS || (performance.now() < end && runs.length < MOST_PAIRS)) {
    runs.push(await fastest(running, state === 'cold'));
    for (const reader of ['panels', 'ahead'] as const) {
      rates[reader].push(data.byteLength / (await fastest(reading(reader), fromDram)));
    }
  }
  const bytesBy = (those: number[]) => medianOf(runs.map((time, pair) => time * (those[pair] as number)));
  const [panels, ahead] = [bytesBy(rates.panels), bytesBy(rates.ahead)];
  const bytes = Math.round(midway(panels.median, ahead.median));
  return {
    rows: [],
    totals: { [boundary]: { read: bytes, write: 0 } },
    bytes,
    lowBytes: Math.round(Math.min(panels.low, ahead.low)),
    highBytes: Math.round(Math.max(panels.high, ahead.high)),
    boundary,
    nanoseconds: medianOf(runs).median,
    bytesPerSecond: 1e9 * midway(medianOf(rates.panels).median, medianOf(rates.ahead).median),
    pairs: runs.length,
  };
}

const midway = (a: number, b: number) => Math.sqrt(a * b);

/**
 * What a run beyond the caches reads most of. It is read in place, since memory isn't alike: of three 1×4096×4096 layers
 * in one process, which differed in their addresses only, one took 20.9 GB/s and another 24.7.
 */
function largest(operands: readonly Float32Array[]): Float32Array {
  return operands.reduce((a, b) => (b.length > a.length ? b : a));
}

/** A working set that the cache in front of the boundary can't hold and the one behind it holds well, for all threads. */
function bytesWithin(boundary: Boundary, wanted: number, machine: Machine, threads: number): number {
  const level = Number(boundary[1]);
  const inner = machine.caches.find((cache) => cache.level === level - 1)?.bytes ?? 0;
  const outer = machine.caches.find((cache) => cache.level === level);
  const most = (outer?.bytes ?? 0) / 2 / Math.min(threads, outer?.sharedBy ?? 1);
  return threads * Math.min(most, Math.max(2 * inner, wanted / threads));
}

/** Random numbers in memory such as operands have. */
function randomData(bytes: number): Float32Array {
  const elements = Math.ceil(bytes / Float32Array.BYTES_PER_ELEMENT);
  requireFreeMemory('a plain read beside the run', elements);
  const data = fillRandom(allocate(elements), 4);
  pinBuffers([data]);
  return data;
}

/** The median of samples and where it lies with 95 %: order statistics, whatever the distribution. */
export function medianOf(samples: readonly number[]): { median: number; low: number; high: number } {
  const sorted = [...samples].sort((a, b) => a - b);
  const n = sorted.length;
  const at = (index: number) => sorted[index] as number;
  const outside = Math.max(0, Math.floor((n - 1.96 * Math.sqrt(n)) / 2));
  return {
    median: (at(Math.floor((n - 1) / 2)) + at(Math.ceil((n - 1) / 2))) / 2,
    low: at(outside),
    high: at(n - 1 - outside),
  };
}
