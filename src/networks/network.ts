import type { Workload } from '../plans/plan.js';
import type { Activation } from '../workloads/activation.js';

/** A layer that multiplies. Pooling, normalisation and sums stand between such layers and aren't listed. */
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
}

export interface NetworkOptions {
  /** Images or sequences at a time. Default 1. */
  batch?: number;
}
