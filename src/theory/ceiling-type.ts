import { arithmeticOf, GEMM_TYPES, type GemmType } from '../workloads/gemm-types.js';

/**
 * The type of the arithmetic ceiling that a workload runs under: that of the products. Narrow weights of fp32 inputs are
 * widened first, bf16 too where an ISA has no instructions for it; an ISA that isn't one of ours (another device's) is
 * taken to have them. Other names than those of GEMMs stand for themselves.
 */
export function ceilingType(type: string, isa: string): string {
  if (!GEMM_TYPES.includes(type as GemmType)) return type;
  switch (arithmeticOf(type as GemmType)) {
    case 'int8':
      return 'int8';
    case 'bf16':
      return isa === 'avx2' || isa === 'scalar' ? 'f32' : 'bf16';
    default:
      return 'f32';
  }
}
