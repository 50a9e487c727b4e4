import { type GemmPlan, paddedColumns } from '../plans/gemm-plan.js';
import { type GemmWorkload, gemmName } from '../workloads/gemm.js';
import { allocate } from './allocate.js';
import { type GemmCall, PreparedGemm } from './gemm.js';
import { type Fill, fillRandom, requireFreeMemory } from './operands.js';

/** Throws a RangeError if the operands of a run don't fit into free memory. */
export function requireGemmMemory(workload: GemmWorkload, plan: GemmPlan): void {
  const { m, n, k } = workload;
  const elements = m * k + k * n + (plan.prepared ? k * paddedColumns(plan, n) : 0) + m * n;
  requireFreeMemory(`gemm ${gemmName(workload)}`, elements);
}

export interface GemmRun {
  operator: PreparedGemm;
  call: GemmCall;
  weights: Float32Array;
}

/** An operator for the plan and dense, aligned operands of random numbers, or as `fill` says: what counting and timing run on. */
export function gemmOperands(workload: GemmWorkload, plan: GemmPlan, fill: Fill = fillRandom): GemmRun {
  const { m, n, k, transposeWeights } = workload;
  requireGemmMemory(workload, plan);
  const weights = fill(allocate(k * n), 1);
  const operator = new PreparedGemm(workload, plan, weights, transposeWeights ? k : n);
  const inputs = fill(allocate(m * k), 2);
  const outputs = fill(allocate(m * n), 3);
  return { operator, weights, call: { inputs, outputs, beta: workload.accumulate ? 1 : 0 } };
}
