import { wholeNumber } from '../checks.js';
import type { Activation } from '../workloads/activation.js';
import { conv2dWorkload, outputHeight, outputWidth } from '../workloads/conv2d.js';
import { gemmWorkload } from '../workloads/gemm.js';
import {
  addWorkload,
  type LayerWorkload,
  lrnWorkload,
  type PoolWorkload,
  pooledAxis,
  softmaxWorkload,
} from '../workloads/layer.js';
import type { Graph, GraphNode, GraphTensor } from './graph.js';

/** What flows between the layers of a network: the number of a tensor, and the size of one image's activations. */
export interface Image extends GraphTensor {
  tensor: number;
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

/** Collects the nodes of a network while the sizes of its images flow through. */
export class NetworkBuilder {
  readonly batch: number;
  readonly #tensors: GraphTensor[] = [];
  readonly #nodes: GraphNode[] = [];

  constructor(batch: number) {
    this.batch = wholeNumber('batch', batch);
  }

  /** All that was collected. */
  get graph(): Graph {
    return { batch: this.batch, tensors: this.#tensors, nodes: this.#nodes };
  }

  /** The network's input: square colour images. */
  colourImage(size: number): Image {
    if (this.#tensors.length > 0) throw new RangeError('a network has one input');
    return this.#tensor({ channels: 3, height: size, width: size, flat: false });
  }

  /** A square filter with bias. */
  conv(name: string, image: Image, filters: number, filter: number, options: ConvOptions = {}): Image {
    const { stride = 1, pad = 0, groups = 1, activation = 'relu' } = options;
    const { channels, height, width } = image;
    const workload = conv2dWorkload({
      ...{ batch: this.batch, groups, channels, height, width },
      ...{ filters, filterHeight: filter, filterWidth: filter },
      ...{ strideHeight: stride, strideWidth: stride },
      ...{ padTop: pad, padLeft: pad, padBottom: pad, padRight: pad },
      bias: true,
      activation,
    });
    const sizes = { height: outputHeight(workload), width: outputWidth(workload) };
    const output = this.#tensor({ channels: filters, ...sizes, flat: false });
    this.#nodes.push({
      op: 'conv2d',
      ...{ name, inputs: [image.tensor], output: output.tensor, workload, activation },
    });
    return output;
  }

  /** A fully connected layer with bias, of an image's activations in one row. */
  linear(name: string, image: Image, outputs: number, activation: Activation = 'relu'): Image {
    const inputs = image.channels * image.height * image.width;
    const workload = gemmWorkload({ m: this.batch, n: outputs, k: inputs });
    const output = this.#flat(outputs);
    this.#nodes.push({
      op: 'gemm',
      ...{ name, inputs: [image.tensor], output: output.tensor, workload, activation },
    });
    return output;
  }

  /** The largest of a square window. */
  maxPool(name: string, image: Image, window: number, stride: number, options: PoolOptions = {}): Image {
    const { pad = 0, padEnd = 0, round = 'down' } = options;
    const [rows, columns] = [image.height, image.width].map((size) =>
      pooledAxis(size, window, stride, { padBegin: pad, padEnd: pad + padEnd, round }),
    ) as [PoolWorkload['rows'], PoolWorkload['columns']];
    const { channels } = image;
    const workload = { kind: 'maxPool', batch: this.batch, channels, rows, columns } as const;
    return this.#layer(name, [image], { ...workload, countPadding: false });
  }

  /** The average of each channel's whole plane. */
  globalAverage(name: string, image: Image): Image {
    const [rows, columns] = [image.height, image.width].map((size) => pooledAxis(size, size, 1)) as [
      PoolWorkload['rows'],
      PoolWorkload['columns'],
    ];
    const { channels } = image;
    const workload = { kind: 'averagePool', batch: this.batch, channels, rows, columns } as const;
    return this.#layer(name, [image], { ...workload, countPadding: false });
  }

  /** Local response normalisation over 5 channels, as both networks that have it take it. */
  lrn(name: string, image: Image): Image {
    return this.#layer(
      name,
      [image],
      lrnWorkload({ batch: this.batch, ...image, size: 5, alpha: 1e-4, beta: 0.75, bias: 1 }),
    );
  }

  /** A residual connection: the sum of two images and an activation. */
  add(name: string, a: Image, b: Image, activation: Activation = 'relu'): Image {
    const { channels, height, width } = a;
    return this.#layer(name, [a, b], addWorkload({ batch: this.batch, channels, height, width, activation }));
  }

  /** Images of one size, channels side by side. */
  concat(name: string, images: readonly Image[]): Image {
    const channels = images.reduce((sum, image) => sum + image.channels, 0);
    const [first] = images as [Image];
    const output = this.#tensor({ ...first, channels });
    const inputs = images.map(({ tensor }) => tensor);
    this.#nodes.push({ op: 'concat', name, inputs, output: output.tensor });
    return output;
  }

  softmax(name: string, image: Image): Image {
    const workload = softmaxWorkload({ batch: this.batch, channels: image.channels });
    const output = this.#flat(image.channels);
    this.#nodes.push({ op: 'layer', name, inputs: [image.tensor], output: output.tensor, workload });
    return output;
  }

  #layer(name: string, images: readonly Image[], workload: LayerWorkload): Image {
    const [first] = images as [Image];
    const sizes = { height: workload.rows.outputs, width: workload.columns.outputs };
    const output = this.#tensor({ channels: first.channels, ...sizes, flat: false });
    const inputs = images.map(({ tensor }) => tensor);
    this.#nodes.push({ op: 'layer', name, inputs, output: output.tensor, workload });
    return output;
  }

  #flat(channels: number): Image {
    return this.#tensor({ channels, height: 1, width: 1, flat: true });
  }

  #tensor({ channels, height, width, flat }: GraphTensor): Image {
    this.#tensors.push({ channels, height, width, flat });
    return { channels, height, width, flat, tensor: this.#tensors.length - 1 };
  }
}
