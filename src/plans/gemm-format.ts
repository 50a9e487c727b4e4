import type { Isa } from '../machine/types.js';
import {
  type Arithmetic,
  arithmeticOf,
  ELEMENT_BYTES,
  elementTypes,
  type GemmType,
} from '../workloads/gemm-types.js';

/**
 * How an arithmetic lays out its packed operands on an ISA: kGroup elements of K stand together, the last group is
 * filled up with zeros. The table is that of cpp/gemm/types.h; a test holds the two together.
 */
export interface GemmFormat {
  kGroup: number;
  inputBytes: number;
  weightBytes: number;
}

export function formatOf(type: GemmType, isa: Isa): GemmFormat {
  const arithmetic: Arithmetic = arithmeticOf(type);
  const dots = isa === 'avx512';
  switch (arithmetic) {
    case 'f32':
      return { kGroup: 1, inputBytes: 4, weightBytes: 4 };
    case 'f32:bf16':
      return { kGroup: 1, inputBytes: 4, weightBytes: 2 };
    case 'f32:s8':
      return { kGroup: 1, inputBytes: 4, weightBytes: 1 };
    case 'bf16':
      return dots
        ? { kGroup: 2, inputBytes: 2, weightBytes: 2 }
        : { kGroup: 1, inputBytes: 4, weightBytes: 2 };
    case 'int8':
      return dots
        ? { kGroup: 4, inputBytes: 1, weightBytes: 1 }
        : { kGroup: 2, inputBytes: 2, weightBytes: 1 };
  }
}

/** Bytes of an element of each operand of a GEMM, packed or not. */
export interface GemmWidths {
  inputs: number;
  weights: number;
  outputs: number;
  packedInputs: number;
  packedWeights: number;
}

export function widthsOf(type: GemmType, isa: Isa): GemmWidths {
  const { inputs, weights, outputs } = elementTypes(type);
  const { inputBytes, weightBytes } = formatOf(type, isa);
  return {
    inputs: ELEMENT_BYTES[inputs],
    weights: ELEMENT_BYTES[weights],
    outputs: ELEMENT_BYTES[outputs],
    packedInputs: inputBytes,
    packedWeights: weightBytes,
  };
}

/** True if the sums of the weights' columns are needed whatever the zero points: signed inputs of an unsigned product. */
export function needsColumnSums(type: GemmType, isa: Isa): boolean {
  const { inputBytes } = formatOf(type, isa);
  return elementTypes(type).inputs === 's8' && inputBytes === 1;
}

/** True if K must be summed in one pass: partial sums of bytes would have to wait in outputs of another type. */
export function takesOnePass(type: GemmType): boolean {
  return arithmeticOf(type) === 'int8' || elementTypes(type).outputs === 'bf16';
}

/** True if the kernels read inputs from packed blocks only. */
export function needsPackedInputs(type: GemmType): boolean {
  return elementTypes(type).inputs !== 'f32';
}
