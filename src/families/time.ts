import type { Machine } from '../machine/types.js';
import type { State } from '../theory/rows.js';
import type { FamilyRun } from './family.js';

/** Nanoseconds of repeated runs. */
export interface Timing {
  min: number;
  median: number;
  p90: number;
  samples: number;
}

/** What percentile of the sorted `times`, by nearest rank. */
function percentile(times: Float64Array, share: number): number {
  return times[Math.max(0, Math.ceil(share * times.length) - 1)] as number;
}

export function summarise(samples: Float64Array): Timing {
  const times = samples.slice().sort();
  return {
    min: percentile(times, 0),
    median: percentile(times, 0.5),
    p90: percentile(times, 0.9),
    samples: times.length,
  };
}

const LEAST_SAMPLES = 5;

/** Bytes to read in order to empty the caches: twice the last one leaves nothing else in any. */
export function sweepBytes(machine: Machine): number {
  return 2 * Math.max(1 << 20, ...machine.caches.map((cache) => cache.bytes));
}

/**
 * Times a run for about `milliseconds`, at least 5 and at most 2,000 samples. Cold: the caches are emptied
 * before each sample.
 */
export async function timeRun(
  run: FamilyRun,
  machine: Machine,
  options: { state: State; milliseconds?: number; signal?: AbortSignal | undefined },
): Promise<Timing> {
  const { state, milliseconds = 300, signal } = options;
  const evictBytes = state === 'cold' ? sweepBytes(machine) : 0;
  const sample = (count: number) => run.sample(count, evictBytes, signal);
  await run.sample(1, 0, signal); // warms up the clock, the pages and the pool
  const started = performance.now();
  const first = await sample(2);
  const each = evictBytes > 0 ? (performance.now() - started) / 2 : Math.min(...first) / 1e6;
  const count = Math.min(2000, Math.max(LEAST_SAMPLES, Math.floor(milliseconds / each)));
  const rest = await sample(count - first.length);
  return summarise(Float64Array.of(...first, ...rest));
}
