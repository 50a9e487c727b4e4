import type { GemmPlan } from '../plans/gemm-plan.js';
import type { GemmWorkload } from '../workloads/gemm.js';
import { allocate } from './allocate.js';
import { type GemmCall, PreparedGemm } from './gemm.js';

/** Fills with numbers in [-1, 1) from a linear congruential generator: the same for a seed, and never all zeros. */
export function fillRandom(array: Float32Array, seed: number): Float32Array {
  let state = seed >>> 0;
  for (let i = 0; i < array.length; ++i) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    array[i] = (state >>> 8) / 2 ** 23 - 1;
  }
  return array;
}

export interface GemmRun {
  operator: PreparedGemm;
  call: GemmCall;
  weights: Float32Array;
}

/** An operator for the plan and dense, aligned operands of random numbers: what counting and timing run on. */
export function gemmOperands(workload: GemmWorkload, plan: GemmPlan): GemmRun {
  const { m, n, k, transposeWeights } = workload;
  const weights = fillRandom(allocate(k * n), 1);
  const operator = new PreparedGemm(workload, plan, weights, transposeWeights ? k : n);
  const inputs = fillRandom(allocate(m * k), 2);
  const outputs = fillRandom(allocate(m * n), 3);
  return { operator, weights, call: { inputs, outputs, beta: workload.accumulate ? 1 : 0 } };
}
