import { string } from '../checks.js';

export const ELEMENT_TYPES = ['f32', 'bf16', 'u8', 's8', 's32'] as const;
export type ElementType = (typeof ELEMENT_TYPES)[number];

export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = { f32: 4, bf16: 2, u8: 1, s8: 1, s32: 4 };

/** The element types that there are kernels for: inputs, weights and outputs, as benchdnn writes them; `f32` is all three. */
export const GEMM_TYPES = [
  'f32',
  'f32:bf16:f32',
  'f32:s8:f32',
  'bf16:bf16:f32',
  'bf16:bf16:bf16',
  'u8:s8:s32',
  'u8:s8:f32',
  'u8:s8:u8',
  'u8:s8:s8',
  's8:s8:s32',
  's8:s8:f32',
  's8:s8:u8',
  's8:s8:s8',
] as const;
export type GemmType = (typeof GEMM_TYPES)[number];

/** Short names. */
export const SHORT_TYPES: Readonly<Record<string, GemmType>> = {
  bf16: 'bf16:bf16:f32',
  u8: 'u8:s8:s32',
  s8: 's8:s8:s32',
};

/** A type by its name or a short one. Throws TypeError, or a RangeError that lists the types that have kernels. */
export function gemmType(type: unknown): GemmType {
  const text = string('type', type);
  const known = Object.hasOwn(SHORT_TYPES, text)
    ? SHORT_TYPES[text]
    : GEMM_TYPES.find((name) => name === text);
  if (known === undefined) {
    throw new RangeError(
      `type must be one of ${GEMM_TYPES.join(', ')} (inputs:weights:outputs), or for short ${Object.keys(SHORT_TYPES).join(', ')}, not '${text}': it has no kernel`,
    );
  }
  return known;
}

export interface ElementTypes {
  inputs: ElementType;
  weights: ElementType;
  outputs: ElementType;
}

export function elementTypes(type: GemmType): ElementTypes {
  const [inputs = 'f32', weights = inputs, outputs = inputs] = type.split(':') as ElementType[];
  return { inputs, weights, outputs };
}

/** What the micro-kernels multiply and sum (cpp/gemm/types.h). */
export const ARITHMETICS = ['f32', 'f32:bf16', 'f32:s8', 'bf16', 'int8'] as const;
export type Arithmetic = (typeof ARITHMETICS)[number];

export function arithmeticOf(type: GemmType): Arithmetic {
  const { inputs, weights } = elementTypes(type);
  if (inputs === 'bf16') return 'bf16';
  if (inputs !== 'f32') return 'int8';
  return weights === 'f32' ? 'f32' : weights === 'bf16' ? 'f32:bf16' : 'f32:s8';
}

/** Largest K whose sums fit into s32 whatever the bytes are: 2^31 − 1 over the largest product (cpp/gemm/plan.cpp). */
export function largestK(type: GemmType, zeroPoints: boolean): number {
  if (arithmeticOf(type) !== 'int8') return Number.POSITIVE_INFINITY;
  const input = zeroPoints || elementTypes(type).inputs === 'u8' ? 255 : 128;
  return Math.floor((2 ** 31 - 1) / (input * (zeroPoints ? 255 : 128)));
}
