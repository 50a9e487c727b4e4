import type { Activation } from '../workloads/activation.js';
import { conv2dWorkload, outputHeight, outputWidth } from '../workloads/conv2d.js';
import { gemmWorkload } from '../workloads/gemm.js';
import type { NetworkLayer } from './network.js';

/** What flows between the layers of a network: the size of one image's activations. */
export interface Image {
  channels: number;
  height: number;
  width: number;
}

export interface ConvOptions {
  stride?: number;
  pad?: number;
  groups?: number;
  /** Default relu. */
  activation?: Activation;
}

export interface PoolOptions {
  pad?: number;
  /** Padding at the bottom and right only, beside `pad`. */
  padEnd?: number;
  /** Which way a part of a stride at the end is rounded: Caffe's pools round up, others down. Default down. */
  round?: 'up' | 'down';
}

/** Collects the layers of a network while the sizes of its images flow through. */
export class NetworkBuilder {
  readonly layers: NetworkLayer[] = [];

  constructor(readonly batch: number) {}

  /** A square filter with bias. */
  conv(name: string, image: Image, filters: number, filter: number, options: ConvOptions = {}): Image {
    const { stride = 1, pad = 0, groups = 1, activation = 'relu' } = options;
    const workload = conv2dWorkload({
      ...{ batch: this.batch, groups, ...image, filters, filterHeight: filter, filterWidth: filter },
      ...{ strideHeight: stride, strideWidth: stride },
      ...{ padTop: pad, padLeft: pad, padBottom: pad, padRight: pad },
      bias: true,
      activation,
    });
    this.layers.push({ name, workload, activation, bias: true });
    return { channels: filters, height: outputHeight(workload), width: outputWidth(workload) };
  }

  /** A fully connected layer with bias; returns how many outputs it has. */
  linear(name: string, inputs: number, outputs: number, activation: Activation = 'relu'): number {
    const workload = gemmWorkload({ m: this.batch, n: outputs, k: inputs });
    this.layers.push({ name, workload, activation, bias: true });
    return outputs;
  }
}

/** The image after a square pooling window. */
export function pooled(image: Image, window: number, stride: number, options: PoolOptions = {}): Image {
  const { pad = 0, padEnd = 0, round = 'down' } = options;
  const along = (size: number) => {
    const strides = (size + 2 * pad + padEnd - window) / stride;
    return (round === 'up' ? Math.ceil(strides) : Math.floor(strides)) + 1;
  };
  return { ...image, height: along(image.height), width: along(image.width) };
}

/** The activations of an image in one row, as a linear layer reads them. */
export function flattened({ channels, height, width }: Image): number {
  return channels * height * width;
}

/** A square colour image. */
export function colourImage(size: number): Image {
  return { channels: 3, height: size, width: size };
}
