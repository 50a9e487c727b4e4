import { fillRandom } from '../kernels/operands.js';
import type { Graph, WeightedNode } from '../networks/index.js';
import { nchwElements } from '../workloads/conv2d.js';

/** As ONNX has them: a convolution's [filters][channels/groups][rows][columns], a linear layer's [outputs][inputs]. */
export interface Weights {
  weights: Float32Array;
  bias: Float32Array;
}

/** Weights of a node: the same for every call. */
export type WeightSource = (node: WeightedNode) => Weights;

/** So that a sum of two branches is as large as one, and stays so through all of ResNet's blocks. */
const RESIDUAL_GAIN = 0.5;
const BIAS_AMPLITUDE = 0.1;

/** Inputs of one of a node's outputs, and the sizes of its arrays. */
export function weightSizes({ workload }: WeightedNode): {
  inputs: number;
  weights: number;
  outputs: number;
} {
  if (workload.kind === 'gemm') {
    return { inputs: workload.k, weights: workload.n * workload.k, outputs: workload.n };
  }
  const { weights } = nchwElements(workload);
  return { inputs: weights / workload.filters, weights, outputs: workload.filters };
}

/**
 * Random weights that keep the size of what flows through a network: of variance 2 / inputs before a relu, which lets half
 * of it by (He et al., 2015), 1 / inputs else, and half of that before a sum. They are even between their bounds, which
 * are √3 of their deviation, and the same for a seed and a graph.
 */
export function seededWeights(graph: Graph, seed = 1): WeightSource {
  const summed = new Set(
    graph.nodes.flatMap((node) => (node.op === 'layer' && node.workload.kind === 'add' ? node.inputs : [])),
  );
  return (node) => {
    const index = graph.nodes.indexOf(node);
    const { inputs, weights, outputs } = weightSizes(node);
    const gain = node.activation !== 'none' ? 2 : summed.has(node.output) ? RESIDUAL_GAIN : 1;
    const amplitude = Math.sqrt((3 * gain) / inputs);
    return {
      weights: fillRandom(new Float32Array(weights), mixed(seed, 2 * index), amplitude),
      bias: fillRandom(new Float32Array(outputs), mixed(seed, 2 * index + 1), BIAS_AMPLITUDE),
    };
  };
}

/** Neighbouring seeds of a linear congruential generator give neighbouring numbers. */
const mixed = (seed: number, index: number) =>
  Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);
