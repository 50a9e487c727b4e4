import { freemem } from 'node:os';
import { type GemmPlan, paddedColumns } from '../plans/gemm-plan.js';
import { type GemmWorkload, gemmName } from '../workloads/gemm.js';
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

/**
 * Throws a RangeError if `elements` of fp32 don't fit into free memory: it is promised freely and taken back by ending
 * the process. `what` is the layer that needs them.
 */
export function requireFreeMemory(what: string, elements: number): void {
  const needed = Float32Array.BYTES_PER_ELEMENT * elements;
  const free = Math.min(freemem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  if (needed > free) {
    const [neededMiB, freeMiB] = [needed, free].map((bytes) => Math.ceil(bytes / 2 ** 20));
    throw new RangeError(`${what} needs ${neededMiB} MiB of memory, and ${freeMiB} MiB are free`);
  }
}

/** Throws a RangeError if the operands of a run don't fit into free memory. */
export function requireMemory(workload: GemmWorkload, plan: GemmPlan): void {
  const { m, n, k } = workload;
  const elements = m * k + k * n + (plan.prepared ? k * paddedColumns(plan, n) : 0) + m * n;
  requireFreeMemory(`gemm ${gemmName(workload)}`, elements);
}

export interface GemmRun {
  operator: PreparedGemm;
  call: GemmCall;
  weights: Float32Array;
}

/** An operator for the plan and dense, aligned operands of random numbers: what counting and timing run on. */
export function gemmOperands(workload: GemmWorkload, plan: GemmPlan): GemmRun {
  const { m, n, k, transposeWeights } = workload;
  requireMemory(workload, plan);
  const weights = fillRandom(allocate(k * n), 1);
  const operator = new PreparedGemm(workload, plan, weights, transposeWeights ? k : n);
  const inputs = fillRandom(allocate(m * k), 2);
  const outputs = fillRandom(allocate(m * n), 3);
  return { operator, weights, call: { inputs, outputs, beta: workload.accumulate ? 1 : 0 } };
}
