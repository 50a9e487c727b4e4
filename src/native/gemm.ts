import type { Isa } from '../machine/types.js';
import type { GemmPlan } from '../plans/gemm-plan.js';
import type { OperandReuse } from '../theory/rows.js';
import type { NativeCount, NativeObserve } from './observing.js';
import type { Job } from './types.js';

/** A checked plan and shape. */
export type NativeGemm = { readonly gemmOperator: unique symbol };

export interface NativeGemmSpec extends GemmPlan {
  m: number;
  n: number;
  k: number;
  transposeInputs: boolean;
  transposeWeights: boolean;
}

/** inputs, row stride, weights (packed if the plan says prepared), row stride, outputs, row stride, alpha, beta */
export type NativeGemmOperands = [
  inputs: Float32Array,
  inputStride: number,
  weights: Float32Array,
  weightStride: number,
  outputs: Float32Array,
  outputStride: number,
  alpha: number,
  beta: number,
];

/** The addon's GEMM family. All throw TypeError for a wrong kind and RangeError for a wrong size. */
export interface GemmAddon {
  gemmOperator(spec: NativeGemmSpec): NativeGemm;
  gemmPrepare(operator: NativeGemm, weights: Float32Array, weightStride: number, packed: Float32Array): void;
  gemmRun(operator: NativeGemm, ...operands: NativeGemmOperands): void;
  gemmRunAsync(operator: NativeGemm, ...operands: NativeGemmOperands): Job<void>;
  /** The oracle: sums in double, weights unprepared. */
  gemmReference(operator: NativeGemm, ...operands: NativeGemmOperands): void;
  /** Scopes of the caches in front of l1, l2, l3, dram (src/theory/caches.ts). */
  gemmCount(
    operator: NativeGemm,
    ...rest: [...NativeGemmOperands, scopes: number[], sharedLastCache: boolean, warm: boolean]
  ): Job<NativeCount>;
  /** How often a cache of this scope uses what it fetched; plans of one thread only. */
  gemmReuse(operator: NativeGemm, ...rest: [...NativeGemmOperands, scope: number]): Job<OperandReuse[]>;
  gemmObserve: NativeObserve<NativeGemm, NativeGemmOperands>;
  /** Nanoseconds of each run; before each, `evictBytes` are read to empty the caches. */
  gemmTime(
    operator: NativeGemm,
    ...rest: [...NativeGemmOperands, samples: number, evictBytes: number]
  ): Job<Float64Array>;
  /** The list of cpp/gemm/micro_tiles.h, for any ISA that the build knows. */
  microTiles(isa: Isa): { mr: number; nr: number; panel: number; name: string }[];
}
