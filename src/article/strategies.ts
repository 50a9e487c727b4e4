import type { GemmPlan } from '../plans/gemm-plan.js';
import type { Order } from '../plans/plan-checks.js';
import type { Boundary } from '../theory/rows.js';
import { type GemmWorkload, gemmWorkload } from '../workloads/gemm.js';
import type { Laboratory } from './claim.js';

/** The article's four strategies as loop orders of one kernel. */
export const STRATEGIES: readonly { order: Order; name: string }[] = [
  { order: 'none', name: 'no reuse' },
  { order: 'weight', name: 'weights reused' },
  { order: 'input', name: 'inputs reused' },
  { order: 'blocked', name: 'both (blocked)' },
];

/** One layer, run under the plan of each strategy. */
export interface StrategyExperiment {
  workload: GemmWorkload;
  /** The fast memory: the last private cache, and the boundary behind it. */
  fastLevel: number;
  fastBytes: number;
  boundary: Boundary;
  plan(order: Order): GemmPlan;
}

/** A square layer, each operand of which is larger than the fast memory, so that every reuse has to be planned. */
export function strategyExperiment(laboratory: Laboratory): StrategyExperiment {
  const { machine, quick } = laboratory;
  const fast = machine.caches.filter(({ level }) => level <= 2).at(-1);
  const fastBytes = fast?.bytes ?? 524288;
  const needed = Math.ceil(Math.sqrt((1.5 * fastBytes) / 4) / 64) * 64;
  const least = Math.max(quick ? 768 : 1024, needed);
  // Rows a multiple of 1 KiB apart collide in L1, and the default plan would pack them: one difference too many.
  const size = least % 256 === 0 ? least + 64 : least;
  const workload = gemmWorkload({ m: size, n: size, k: size });
  return {
    workload,
    fastLevel: fast?.level ?? 2,
    fastBytes,
    boundary: machine.caches.some(({ level }) => level === 3) ? 'l3' : 'dram',
    plan: (order) => laboratory.plan(workload, { order, packInputs: false }) as GemmPlan,
  };
}
