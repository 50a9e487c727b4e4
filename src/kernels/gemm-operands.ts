import { widthsOf } from '../plans/gemm-format.js';
import { type GemmPlan, paddedColumns, paddedK } from '../plans/gemm-plan.js';
import { type GemmWorkload, gemmName } from '../workloads/gemm.js';
import { type ElementType, elementTypes } from '../workloads/gemm-types.js';
import { allocate } from './allocate.js';
import { allocateElements, type ElementArray, toBf16 } from './elements.js';
import { type GemmCall, PreparedGemm } from './gemm.js';
import { type Fill, fillRandom, leaveZeros, requireFreeMemory } from './operands.js';

/** Throws a RangeError if the operands of a run don't fit into free memory. */
export function requireGemmMemory(workload: GemmWorkload, plan: GemmPlan): void {
  const { m, n, k, type, add } = workload;
  const width = widthsOf(type, plan.isa);
  const packed = paddedK(workload, plan, k) * paddedColumns(plan, n) * width.packedWeights;
  const bytes =
    m * k * width.inputs +
    k * n * width.weights +
    (plan.prepared ? packed : 0) +
    m * n * (width.outputs + (add ? 4 : 0));
  requireFreeMemory(`gemm ${gemmName(workload)}`, bytes / Float32Array.BYTES_PER_ELEMENT);
}

export interface GemmRun {
  operator: PreparedGemm;
  call: GemmCall;
  weights: ElementArray;
}

/**
 * An operator for the plan and dense, aligned operands of random numbers, or as `fill` says: what counting and timing run
 * on. Bytes are drawn from all that there are, with scales of one number each and no zero points.
 */
export function gemmOperands(workload: GemmWorkload, plan: GemmPlan, fill: Fill = fillRandom): GemmRun {
  const { m, n, k, type, transposeWeights } = workload;
  requireGemmMemory(workload, plan);
  const types = elementTypes(type);
  const weights = filled(types.weights, k * n, fill, 1);
  const columns = workload.bias ? { bias: fill(allocate(n), 4) } : {};
  const operator = new PreparedGemm(workload, plan, weights, transposeWeights ? k : n, columns);
  const inputs = filled(types.inputs, m * k, fill, 2);
  const outputs = filled(types.outputs, m * n, fill, 3);
  const call: GemmCall = { inputs, outputs, beta: workload.accumulate ? 1 : 0 };
  if (workload.add) call.addend = fill(allocate(m * n), 5);
  // Sums of random bytes, ±2^14 each, into the range of a byte.
  if (types.outputs === 'u8' || types.outputs === 's8') call.outputScale = Math.max(1, 128 * Math.sqrt(k));
  return { operator, weights, call };
}

function filled(type: ElementType, length: number, fill: Fill, seed: number): ElementArray {
  if (type === 'f32') return fill(allocate(length), seed);
  const elements = allocateElements(type, length);
  if (fill === leaveZeros) return elements;
  const numbers = fill(new Float32Array(length), seed);
  if (type === 'bf16') return toBf16(numbers, elements as Uint16Array<ArrayBuffer>);
  const middle = type === 'u8' ? 128 : 0;
  for (let i = 0; i < length; ++i) elements[i] = Math.floor(128 * (numbers[i] as number)) + middle;
  return elements;
}
