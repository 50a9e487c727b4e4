import type { Workload } from '../plans/plan.js';
import type { Activation } from '../workloads/activation.js';
import type { Graph } from './graph.js';

/** A layer that multiplies. Pooling, normalisation and sums stand between such layers, in the graph alone. */
export interface NetworkLayer {
  name: string;
  workload: Workload;
  /** What is done to each output as it is stored; a convolution's workload says the same. */
  activation: Activation;
  bias: boolean;
}

export interface Network {
  /** As the command line takes it. */
  name: string;
  /** As people read it. */
  title: string;
  /** Where the layers are from. */
  source: string;
  batch: number;
  layers: readonly NetworkLayer[];
  /** All layers and the tensors between them, which an executor runs; null for a stack that isn't one of images. */
  graph: Graph | null;
}

export interface NetworkOptions {
  /** Images or sequences at a time. Default 1. */
  batch?: number;
}
