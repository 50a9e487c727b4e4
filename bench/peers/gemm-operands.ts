import { allocate } from '../../src/kernels/allocate.js';
import { allocateElements } from '../../src/kernels/elements.js';
import { fillRandom } from '../../src/kernels/operands.js';
import type { GemmWorkload } from '../../src/workloads/gemm.js';
import { type ElementType, elementTypes } from '../../src/workloads/gemm-types.js';
import type { PeerValue } from './onnxruntime.js';

/** Dense operands at multiples of 64 bytes, of fp32 or of bytes. */
export interface Operands {
  inputs: PeerValue['data'];
  /** The same numbers again and again: one array for every run to read, or many that take turns. */
  weights: PeerValue['data'][];
  /** New ones, of a side's own. */
  outputs(): Float32Array | Int32Array;
}

export function operandsOf({ m, n, k, type }: GemmWorkload, copies: number): Operands {
  const types = elementTypes(type);
  return {
    inputs: random(types.inputs, m * k, 2),
    weights: Array.from({ length: copies }, () => random(types.weights, k * n, 1)),
    outputs: () => allocateElements(types.outputs, m * n) as Float32Array | Int32Array,
  };
}

/** Bytes: every value of the type. */
function random(type: ElementType, length: number, seed: number): PeerValue['data'] {
  if (type === 'f32') return fillRandom(allocate(length), seed);
  const array = allocateElements(type, length) as Uint8Array | Int8Array;
  const numbers = fillRandom(new Float32Array(length), seed, 128);
  for (let i = 0; i < length; ++i) array[i] = Math.floor(numbers[i] as number);
  return array;
}
