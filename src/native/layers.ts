import type { Isa } from '../machine/types.js';
import type { Axis, LayerWorkload } from '../workloads/layer.js';
import type { NativeCount } from './observing.js';
import type { Job } from './types.js';

/** A checked plan and shape. */
export type NativeLayer = { readonly layerOperator: unique symbol };

export interface NativeLayerSpec {
  kind: LayerWorkload['kind'];
  isa: Isa;
  threads: number;
  batch: number;
  channels: number;
  rows: Axis;
  columns: Axis;
  countPadding: boolean;
  size: number;
  alpha: number;
  beta: number;
  bias: number;
  low: number;
  high: number;
  /** Elements from one image to the next; 0: they touch. */
  inputStride: number;
  addendStride: number;
  outputStride: number;
}

export type NativeLayerOperands = [inputs: Float32Array, addend: Float32Array | null, outputs: Float32Array];

/** The addon's layers that don't multiply matrices. All throw TypeError for a wrong kind and RangeError for a wrong size. */
export interface LayersAddon {
  layerOperator(spec: NativeLayerSpec): NativeLayer;
  layerRun(operator: NativeLayer, ...operands: NativeLayerOperands): void;
  layerRunAsync(operator: NativeLayer, ...operands: NativeLayerOperands): Job<void>;
  /** Scopes of the caches in front of l1, l2, l3, dram (src/theory/caches.ts). */
  layerCount(
    operator: NativeLayer,
    ...rest: [...NativeLayerOperands, scopes: number[], sharedLastCache: boolean, warm: boolean]
  ): Job<NativeCount>;
}
