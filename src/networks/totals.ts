import { conv2dMacs, conv2dValidMacs, nchwElements } from '../workloads/conv2d.js';
import { directionCount, gateCount, rnnLayerWeights, rnnMacs } from '../workloads/rnn.js';
import type { Network, NetworkLayer } from './network.js';

/** What a layer computes and holds, in multiply-accumulates and elements. */
export interface LayerTotals {
  /** Products with padding included. */
  macs: number;
  /** Products with padding left out. */
  validMacs: number;
  weights: number;
  biases: number;
  inputs: number;
  outputs: number;
}

/** A layer's own figures. Inputs are NCHW without padding; a stack's activations between its layers aren't counted. */
export function layerTotals({ workload: w, bias }: NetworkLayer): LayerTotals {
  switch (w.kind) {
    case 'conv2d':
      return {
        macs: conv2dMacs(w),
        validMacs: conv2dValidMacs(w),
        biases: bias ? w.filters : 0,
        ...nchwElements(w),
      };
    case 'gemm': {
      const macs = w.m * w.n * w.k;
      return {
        ...{ macs, validMacs: macs },
        ...{ weights: w.n * w.k, biases: bias ? w.n : 0 },
        ...{ inputs: w.m * w.k, outputs: w.m * w.n },
      };
    }
    default: {
      const macs = rnnMacs(w);
      const layers = Array.from({ length: w.layers }, (_, layer) => rnnLayerWeights(w, layer));
      // ONNX has one bias for the input product and one for the recurrent one.
      const biases = 2 * w.layers * directionCount(w) * gateCount(w) * w.hidden;
      return {
        ...{ macs, validMacs: macs },
        ...{ weights: layers.reduce((sum, weights) => sum + weights, 0), biases: bias ? biases : 0 },
        inputs: w.steps * w.batch * w.inputs,
        outputs: w.steps * w.batch * directionCount(w) * w.hidden,
      };
    }
  }
}

/** The sum over the layers of a network. Activations count once where they are written and once where they are read. */
export function networkTotals({ layers }: Pick<Network, 'layers'>): LayerTotals {
  const sum: LayerTotals = { macs: 0, validMacs: 0, weights: 0, biases: 0, inputs: 0, outputs: 0 };
  for (const layer of layers) {
    const one = layerTotals(layer);
    for (const key of Object.keys(sum) as (keyof LayerTotals)[]) sum[key] += one[key];
  }
  return sum;
}

/** Bytes that must move if every element goes once: weights, biases, inputs and outputs of `bits` (8, 16, 32) each. */
export function compulsoryBytes(totals: LayerTotals, bits: number): number {
  const { weights, biases, inputs, outputs } = totals;
  return (bits / 8) * (weights + biases + inputs + outputs);
}
