import type { Activation } from '../workloads/activation.js';
import type { Conv2dWorkload } from '../workloads/conv2d.js';
import type { GemmWorkload } from '../workloads/gemm.js';
import type { LayerWorkload } from '../workloads/layer.js';
import type { NetworkLayer } from './network.js';

/** Activations of one image: a plane of each channel, or `flat`, plain numbers, as linear layers give them. */
export interface GraphTensor {
  channels: number;
  height: number;
  width: number;
  flat: boolean;
}

/** A convolution or a linear layer, with bias. */
export interface WeightedNode {
  op: 'conv2d' | 'gemm';
  name: string;
  /** Numbers of tensors. */
  inputs: readonly [number];
  output: number;
  workload: Conv2dWorkload | GemmWorkload;
  activation: Activation;
}

export interface LayerNode {
  op: 'layer';
  name: string;
  /** Two of a sum, else one. */
  inputs: readonly number[];
  output: number;
  workload: LayerWorkload;
}

/** Channels side by side. */
export interface ConcatNode {
  op: 'concat';
  name: string;
  inputs: readonly number[];
  output: number;
}

export type GraphNode = WeightedNode | LayerNode | ConcatNode;

/** A network as data: every layer, in an order in which it can run, and the tensors between them. Tensor 0 is the images. */
export interface Graph {
  batch: number;
  tensors: readonly GraphTensor[];
  nodes: readonly GraphNode[];
}

/** The layers that multiply, in their order. */
export function layersOfGraph({ nodes }: Graph): NetworkLayer[] {
  return nodes.flatMap((node) =>
    node.op === 'conv2d' || node.op === 'gemm'
      ? [{ name: node.name, workload: node.workload, activation: node.activation, bias: true }]
      : [],
  );
}

/** Numbers of an image's tensor. */
export const tensorElements = ({ channels, height, width }: GraphTensor): number => channels * height * width;

/** The tensor that a graph is for: that of its last node. */
export function outputOf({ nodes }: Graph): number {
  const last = nodes.at(-1);
  if (last === undefined) throw new RangeError('the graph has no nodes');
  return last.output;
}
