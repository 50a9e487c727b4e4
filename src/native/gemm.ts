import type { Isa } from '../machine/types.js';
import type { GemmPlan } from '../plans/gemm-plan.js';
import type { OperandReuse } from '../theory/rows.js';
import type { Arithmetic, ElementType } from '../workloads/gemm-types.js';
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
  inputType: ElementType;
  weightType: ElementType;
  outputType: ElementType;
  /** Outputs are clipped to [low, high]. */
  low: number;
  high: number;
  /** Copied: of n elements, or for scales and zero points of 1. */
  bias: Float32Array | undefined;
  weightScales: Float32Array | undefined;
  weightZeroPoints: Int32Array | undefined;
}

type ElementArray = Float32Array | Uint16Array | Uint8Array | Int8Array | Int32Array;

/** Weights are packed if the plan says prepared: then the array is a Float32Array whatever they are. */
export type NativeGemmOperands = [
  inputs: ElementArray,
  inputStride: number,
  weights: ElementArray,
  weightStride: number,
  outputs: ElementArray,
  outputStride: number,
  alpha: number,
  beta: number,
  addend: Float32Array | undefined,
  addendStride: number,
  /** Of m elements or 1. */
  inputScales: Float32Array | undefined,
  inputZeroPoints: Int32Array | undefined,
  outputScale: number,
  outputZeroPoint: number,
];

/** The addon's GEMM family. All throw TypeError for a wrong kind and RangeError for a wrong size. */
export interface GemmAddon {
  gemmOperator(spec: NativeGemmSpec): NativeGemm;
  /** Of the prepared weights, a multiple of 4. */
  gemmPreparedBytes(operator: NativeGemm): number;
  gemmPrepare(operator: NativeGemm, weights: ElementArray, weightStride: number, packed: ElementArray): void;
  gemmRun(operator: NativeGemm, ...operands: NativeGemmOperands): void;
  /** A function for the commonest call: dense inputs and outputs, alpha 1, beta 0. Nobody else may have the weights' buffer. */
  gemmRunner(
    operator: NativeGemm,
    prepared: Float32Array,
  ): (inputs: ElementArray, outputs: ElementArray) => void;
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
  /** The tiles of an arithmetic on any ISA that the build knows, those that this CPU would run. */
  microTiles(
    isa: Isa,
    arithmetic: Arithmetic,
  ): {
    mr: number;
    nr: number;
    panel: number;
    name: string;
    kGroup: number;
    inputBytes: number;
    weightBytes: number;
  }[];
}
