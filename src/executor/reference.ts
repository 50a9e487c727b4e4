import {
  type Graph,
  type GraphNode,
  type GraphTensor,
  outputOf,
  tensorElements,
  type WeightedNode,
} from '../networks/index.js';
import { type Activation, clipRange } from '../workloads/activation.js';
import { type Conv2dWorkload, outputHeight, outputWidth } from '../workloads/conv2d.js';
import type { LayerWorkload, LrnWorkload, PoolWorkload } from '../workloads/layer.js';
import type { WeightSource } from './weights.js';

/**
 * A network in plain loops in fp64, node by node on NCHW arrays: nothing of it is shared with what it is to check. Takes
 * about 2 ns a product: seconds for ResNet-50. Returns the outputs, [batch][numbers of the last tensor].
 */
export function referenceRun(graph: Graph, source: WeightSource, inputs: ArrayLike<number>): Float64Array {
  const values = new Array<Float64Array | undefined>(graph.tensors.length);
  values[0] = Float64Array.from(inputs);
  const lastReader = new Map(
    graph.nodes.flatMap((node) => node.inputs.map((input) => [input, node] as const)),
  );
  for (const node of graph.nodes) {
    const from = node.inputs.map((input) => values[input] as Float64Array);
    values[node.output] = runNode(graph, node, from, source);
    for (const input of node.inputs) if (lastReader.get(input) === node) values[input] = undefined;
  }
  return values[outputOf(graph)] as Float64Array;
}

function runNode(graph: Graph, node: GraphNode, from: Float64Array[], source: WeightSource): Float64Array {
  const [x] = from as [Float64Array];
  switch (node.op) {
    case 'conv2d':
      return convolve(node.workload as Conv2dWorkload, x, node, source);
    case 'gemm':
      return linear(graph.batch, x, node, source);
    case 'concat':
      return concatenated(
        graph.batch,
        node.inputs.map((input) => graph.tensors[input] as GraphTensor),
        from,
      );
    case 'layer':
      return layer(node.workload, from);
  }
}

function clipped(activation: Activation): (value: number) => number {
  const { low, high } = clipRange({ activation, clipLow: 0, clipHigh: 0 });
  return (value) => (value < low ? low : value > high ? high : value);
}

function convolve(
  w: Conv2dWorkload,
  x: Float64Array,
  node: WeightedNode,
  source: WeightSource,
): Float64Array {
  const { weights, bias } = source(node);
  const clip = clipped(node.activation);
  const [rows, columns] = [outputHeight(w), outputWidth(w)];
  const y = new Float64Array(w.batch * w.filters * rows * columns);
  const [depth, filters] = [w.channels / w.groups, w.filters / w.groups];
  for (let plane = 0; plane < w.batch * w.filters; ++plane) {
    const [image, filter] = [Math.floor(plane / w.filters), plane % w.filters];
    const to = y.subarray(plane * rows * columns, (plane + 1) * rows * columns).fill(bias[filter] as number);
    for (let c = 0; c < depth; ++c) {
      const channel = Math.floor(filter / filters) * depth + c;
      const base = (image * w.channels + channel) * w.height * w.width;
      for (let i = 0; i < w.filterHeight; ++i) {
        for (let j = 0; j < w.filterWidth; ++j) {
          const weight = weights[((filter * depth + c) * w.filterHeight + i) * w.filterWidth + j] as number;
          addTap(w, { x, base, i, j, weight, to, rows, columns });
        }
      }
    }
    for (let at = 0; at < to.length; ++at) to[at] = clip(to[at] as number);
  }
  return y;
}

interface Tap {
  x: Float64Array;
  base: number;
  i: number;
  j: number;
  weight: number;
  to: Float64Array;
  rows: number;
  columns: number;
}

/** Adds one weight's products to a plane of outputs. */
function addTap(w: Conv2dWorkload, { x, base, i, j, weight, to, rows, columns }: Tap): void {
  const left = j * w.dilationWidth - w.padLeft;
  const begin = Math.max(0, Math.ceil(-left / w.strideWidth));
  const end = Math.min(columns, Math.floor((w.width - 1 - left) / w.strideWidth) + 1);
  for (let p = 0; p < rows; ++p) {
    const row = p * w.strideHeight - w.padTop + i * w.dilationHeight;
    if (row < 0 || row >= w.height) continue;
    let from = base + row * w.width + left + begin * w.strideWidth;
    for (let at = p * columns + begin; at < p * columns + end; ++at, from += w.strideWidth) {
      to[at] = (to[at] as number) + weight * (x[from] as number);
    }
  }
}

function linear(batch: number, x: Float64Array, node: WeightedNode, source: WeightSource): Float64Array {
  const { weights, bias } = source(node);
  const clip = clipped(node.activation);
  const inputs = weights.length / bias.length;
  return Float64Array.from({ length: batch * bias.length }, (_, at) => {
    const [image, output] = [Math.floor(at / bias.length), at % bias.length];
    let sum = bias[output] as number;
    for (let k = 0; k < inputs; ++k) {
      sum += (weights[output * inputs + k] as number) * (x[image * inputs + k] as number);
    }
    return clip(sum);
  });
}

function concatenated(batch: number, tensors: readonly GraphTensor[], from: Float64Array[]): Float64Array {
  const pieces: Float64Array[] = [];
  for (let image = 0; image < batch; ++image) {
    for (const [index, tensor] of tensors.entries()) {
      const size = tensorElements(tensor);
      pieces.push((from[index] as Float64Array).subarray(image * size, (image + 1) * size));
    }
  }
  const y = new Float64Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    y.set(piece, at);
    at += piece.length;
  }
  return y;
}

function layer(w: LayerWorkload, from: Float64Array[]): Float64Array {
  const [x, addend] = from as [Float64Array, Float64Array | undefined];
  switch (w.kind) {
    case 'maxPool':
    case 'averagePool':
      return pool(w, x);
    case 'lrn':
      return normalised(w, x);
    case 'add': {
      const clip = clipped(w.activation);
      return x.map((value, at) => clip(value + (addend?.[at] as number)));
    }
    case 'softmax':
      return softmax(w.batch, x);
  }
}

function pool(w: PoolWorkload, x: Float64Array): Float64Array {
  const { rows, columns } = w;
  const plane = rows.size * columns.size;
  const outputs = rows.outputs * columns.outputs;
  return Float64Array.from({ length: w.batch * w.channels * outputs }, (_, at) => {
    const base = Math.floor(at / outputs) * plane;
    const [p, q] = [Math.floor((at % outputs) / columns.outputs), at % columns.outputs];
    let [most, sum, seen, counted] = [Number.NEGATIVE_INFINITY, 0, 0, 0];
    for (let i = 0; i < rows.window; ++i) {
      for (let j = 0; j < columns.window; ++j) {
        const row = p * rows.stride - rows.padBegin + i * rows.dilation;
        const column = q * columns.stride - columns.padBegin + j * columns.dilation;
        if (row < rows.size + rows.padEnd && column < columns.size + columns.padEnd) ++counted;
        if (row < 0 || row >= rows.size || column < 0 || column >= columns.size) continue;
        const value = x[base + row * columns.size + column] as number;
        most = Math.max(most, value);
        sum += value;
        ++seen;
      }
    }
    return w.kind === 'maxPool' ? most : sum / (w.countPadding ? counted : seen);
  });
}

function normalised(w: LrnWorkload, x: Float64Array): Float64Array {
  const plane = w.rows.size * w.columns.size;
  const before = Math.floor((w.size - 1) / 2);
  return x.map((value, at) => {
    const channel = Math.floor(at / plane) % w.channels;
    let squares = 0;
    for (let c = channel - before; c < channel - before + w.size; ++c) {
      if (c >= 0 && c < w.channels) squares += (x[at + (c - channel) * plane] as number) ** 2;
    }
    return value / (w.bias + (w.alpha / w.size) * squares) ** w.beta;
  });
}

function softmax(batch: number, x: Float64Array): Float64Array {
  const count = x.length / batch;
  const y = new Float64Array(x.length);
  for (let image = 0; image < batch; ++image) {
    const row = x.subarray(image * count, (image + 1) * count);
    const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = row.map((value) => Math.exp(value - most));
    const sum = powers.reduce((a, b) => a + b, 0);
    y.set(
      powers.map((power) => power / sum),
      image * count,
    );
  }
  return y;
}
