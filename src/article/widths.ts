import { widthsOf } from '../plans/gemm-format.js';
import { type GemmPlan, paddedColumns, paddedK } from '../plans/gemm-plan.js';
import { type GemmWorkload, gemmWorkload } from '../workloads/gemm.js';
import type { GemmType } from '../workloads/gemm-types.js';

/** An element width of the article, and the type whose every operand has it. */
export interface Width {
  bits: 8 | 16 | 32;
  bytes: 1 | 2 | 4;
  type: GemmType;
}

export const WIDTHS: readonly Width[] = [
  { bits: 8, bytes: 1, type: 'u8:s8:u8' },
  { bits: 16, bytes: 2, type: 'bf16:bf16:bf16' },
  { bits: 32, bytes: 4, type: 'f32' },
];

/** A linear layer on `vectors` vectors, at a width. */
export function linearLayer(width: Width, outputs: number, inputs: number, vectors = 1): GemmWorkload {
  return gemmWorkload({ m: vectors, n: outputs, k: inputs, type: width.type });
}

/** Bytes that packed weights have beyond their elements: zeros that fill up the last panel of columns and group of K. */
export function paddingBytes(workload: GemmWorkload, plan: GemmPlan): number {
  if (!plan.packWeights) return 0;
  const { n, k, type } = workload;
  const { packedWeights } = widthsOf(type, plan.isa);
  return (paddedK(workload, plan, k) * paddedColumns(plan, n) - k * n) * packedWeights;
}
