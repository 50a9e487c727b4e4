import { familyOf } from '../families/index.js';
import type { Plan, Workload } from '../plans/plan.js';
import type { State } from '../theory/rows.js';

/** AVX-512's registers: they keep what a cache of few lines can't, so a bound for that cache has to allow for them. */
const REGISTER_BYTES = 2048;

/**
 * No run, or none of the plan's algorithm, moves less through one cache of `cacheBytes`. A warm one may find the whole cache
 * filled, and leave it changed: with both transfers added it would be a cold run with a flush, which the family's bound is for.
 */
export function leastBytes(
  workload: Workload,
  { cacheBytes, threads, state, plan }: { cacheBytes: number; threads: number; state: State; plan?: Plan },
): number {
  const cold = familyOf(workload).lowerBoundBytes(workload, cacheBytes + threads * REGISTER_BYTES, plan);
  return state === 'cold' ? cold : Math.max(0, cold - 2 * cacheBytes);
}
