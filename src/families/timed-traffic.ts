import { allocate } from '../kernels/allocate.js';
import { finish, pinBuffers } from '../kernels/calls.js';
import { fillRandom, requireFreeMemory } from '../kernels/operands.js';
import type { Machine } from '../machine/types.js';
import { addon } from '../native/addon.js';
import type { Plan, Workload } from '../plans/plan.js';
import { weightStreams } from '../plans/weight-streams.js';
import type { Boundary, State, Totals } from '../theory/rows.js';
import { bandwidthBound } from './bandwidth-bound.js';
import type { FamilyRun } from './family.js';
import { familyOf } from './index.js';
import { summarise, sweepBytes } from './time.js';

/** What a run's time says of the bytes at the one level that it waits for; nothing, with the reason, where it can't. */
export type TimedTraffic =
  | {
      /** Time knows no operands. */
      rows: [];
      /** Of `boundary` only. */
      totals: Totals;
      /** Median over the pairs of run and read beside it. */
      bytes: number;
      /** 95 % for the median. The high end is that of the fastest reader: no pattern could have moved more in the time. */
      lowBytes: number;
      highBytes: number;
      boundary: Boundary;
      /** Medians: of the runs, and of the reads that walk as the run does. */
      nanoseconds: number;
      bytesPerSecond: number;
      pairs: number;
    }
  | { bytes: null; reason: string };

const LEAST_PAIRS = 9;
const MOST_PAIRS = 1000;
/** Beyond the caches the rate no longer depends on the size, and filling a buffer costs more than reading it. */
const MOST_BYTES = 2 ** 27;
/** Of what caches deliver: short reads, the first of which fills the cache. */
const CACHE_READS = 8;

/** The fastest reader (cpp/machine/stream_reader.h). */
const MOST_STREAMS = 8;

/**
 * Bytes of a bandwidth-bound run: time × the bandwidth of its level, measured beside it in turn with the run, since
 * neighbours change both by a factor from second to second. The reads walk through a buffer with as many streams as the
 * plan has, because that decides what memory delivers: from DRAM one core read 24.5 GB/s in eight streams that prefetch,
 * 20 to 22 in two or four that don't, and a 1×4096×4096 layer (four streams) read 22, 4×4096×4096 (two) 21.
 * Takes about `milliseconds`, and 9 pairs at least.
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
  const bytes = fromDram
    ? Math.min(MOST_BYTES, bound.readBytes)
    : bytesWithin(boundary, familyOf(workload).compulsoryBytes(workload), machine, plan.threads);
  const data = randomData(bytes);
  const readBytesPerNanosecond = async (streams: number, streamBytes: number) => {
    const times = await finish(
      () =>
        addon().readTime(
          data,
          streams,
          streamBytes,
          plan.threads,
          fromDram ? 1 : 1 + CACHE_READS,
          fromDram ? evictBytes : 0,
        ),
      signal,
    );
    return data.byteLength / summarise(fromDram ? times : times.subarray(1)).median;
  };
  // Warm runs follow another one, since the reads leave nothing of it in the caches.
  const runNanoseconds = async () =>
    state === 'cold'
      ? ((await run.sample(1, evictBytes, signal))[0] as number)
      : ((await run.sample(2, 0, signal))[1] as number);

  const own = weightStreams(workload, plan);
  await run.sample(1, 0, signal); // warms up the clock, the pages and the pool
  const started = performance.now();
  const runs: number[] = [];
  const ownRates: number[] = [];
  const mostRates: number[] = [];
  while (
    runs.length < LEAST_PAIRS ||
    (performance.now() < started + milliseconds && runs.length < MOST_PAIRS)
  ) {
    runs.push(await runNanoseconds());
    const most = await readBytesPerNanosecond(MOST_STREAMS, Math.ceil(data.byteLength / plan.threads / MOST_STREAMS));
    mostRates.push(most);
    ownRates.push(own === null ? most : await readBytesPerNanosecond(own.streams, own.streamBytes));
  }
  const byOwn = medianOf(runs.map((time, i) => time * (ownRates[i] as number)));
  const byMost = medianOf(runs.map((time, i) => time * (mostRates[i] as number)));
  return {
    rows: [],
    totals: { [boundary]: { read: Math.round(byOwn.median), write: 0 } },
    bytes: Math.round(byOwn.median),
    lowBytes: Math.round(byOwn.low),
    highBytes: Math.round(Math.max(byOwn.high, byMost.high)),
    boundary,
    nanoseconds: medianOf(runs).median,
    bytesPerSecond: 1e9 * medianOf(ownRates).median,
    pairs: runs.length,
  };
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
