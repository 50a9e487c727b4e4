import type { Isa } from '../machine/types.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import type { Conv2dWorkload } from '../workloads/conv2d.js';
import type { NativeCount, NativeObserve } from './observing.js';
import type { Job } from './types.js';

/** A checked plan and shape. */
export type NativeConv2d = { readonly conv2dOperator: unique symbol };

export interface NativeConv2dSpec
  extends Omit<Conv2dPlan, 'layout'>,
    Omit<Conv2dWorkload, 'kind' | 'type' | 'bias' | 'activation' | 'clipLow' | 'clipHigh'> {
  /** Arrays are NCHW, else blocked. */
  nchw: boolean;
  /** Channels of the blocked tensors of which the arrays are a slice, and its first; 0 channels: they are no slices. */
  inputSliceChannels: number;
  inputSliceOffset: number;
  outputSliceChannels: number;
  outputSliceOffset: number;
  /** Outputs are clipped to these; infinite for no activation. */
  low: number;
  high: number;
}

/** Inputs and outputs as the operator's plan says; weights prepared; the addend lies as the outputs, blocked ones. */
export type NativeConv2dOperands = [
  inputs: Float32Array,
  prepared: Float32Array,
  outputs: Float32Array,
  addend: Float32Array | null,
];

/** The addon's conv2d family. All throw TypeError for a wrong kind and RangeError for a wrong size. */
export interface Conv2dAddon {
  conv2dOperator(spec: NativeConv2dSpec): NativeConv2d;
  /** Floats of the blocked arrays and of the prepared weights. */
  conv2dSizes(operator: NativeConv2d): { inputs: number; weights: number; outputs: number };
  conv2dPrepare(
    operator: NativeConv2d,
    weights: Float32Array,
    bias: Float32Array | null,
    prepared: Float32Array,
  ): void;
  conv2dRun(operator: NativeConv2d, ...operands: NativeConv2dOperands): void;
  conv2dRunAsync(operator: NativeConv2d, ...operands: NativeConv2dOperands): Job<void>;
  /** The oracle on NCHW arrays: sums in double, weights as given to conv2dPrepare. */
  conv2dReference(
    operator: NativeConv2d,
    inputs: Float32Array,
    weights: Float32Array,
    bias: Float32Array | null,
    outputs: Float32Array,
  ): void;
  conv2dToBlocked(operator: NativeConv2d, inputs: Float32Array, blocked: Float32Array): void;
  conv2dFromBlocked(operator: NativeConv2d, blocked: Float32Array, outputs: Float32Array): void;
  /** Scopes of the caches in front of l1, l2, l3, dram (src/theory/caches.ts). */
  conv2dCount(
    operator: NativeConv2d,
    ...rest: [...NativeConv2dOperands, scopes: number[], sharedLastCache: boolean, warm: boolean]
  ): Job<NativeCount>;
  conv2dObserve: NativeObserve<NativeConv2d, NativeConv2dOperands>;
  /** Nanoseconds of each run; before each, `evictBytes` are read to empty the caches. */
  conv2dTime(
    operator: NativeConv2d,
    ...rest: [...NativeConv2dOperands, samples: number, evictBytes: number]
  ): Job<Float64Array>;
  /** The list of cpp/conv/micro_tiles.h, for any ISA that the build knows. */
  convTiles(isa: Isa): { qr: number; kr: number; block: number; depthwise: boolean; name: string }[];
  /** The list of cpp/conv/winograd_tiles.h, likewise. */
  winogradTiles(isa: Isa): { qr: number; kr: number; block: number; name: string }[];
}
