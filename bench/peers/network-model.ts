import type { WeightSource } from '../../src/executor/index.js';
import {
  type Graph,
  type GraphNode,
  type GraphTensor,
  type LayerNode,
  outputOf,
  type WeightedNode,
} from '../../src/networks/index.js';
import { type ModelNode, type ModelValue, modelFile } from '../../src/onnx/write.js';
import type { Conv2dWorkload } from '../../src/workloads/conv2d.js';
import { isPool, type LayerWorkload, type PoolWorkload } from '../../src/workloads/layer.js';

// The first whose Softmax has an axis of its own; pools know ceil_mode since 10.
const OPSET = 13;

/** A graph as an ONNX model, weights as constants, so that ONNX Runtime packs them when it loads it. */
export function networkModel(graph: Graph, source: WeightSource): Uint8Array {
  const nodes: ModelNode[] = [];
  const constants: ModelValue[] = [];
  for (const node of graph.nodes) addNode(graph, node, source, nodes, constants);
  const value = (tensor: number): ModelValue => ({
    name: nameOf(tensor),
    dims: dimsOf(graph.batch, graph.tensors[tensor] as GraphTensor),
  });
  return modelFile({
    opset: OPSET,
    nodes,
    inputs: [value(0), ...constants],
    outputs: [value(outputOf(graph))],
  });
}

export const nameOf = (tensor: number): string => `t${tensor}`;

export function dimsOf(batch: number, { channels, height, width, flat }: GraphTensor): number[] {
  return flat ? [batch, channels] : [batch, channels, height, width];
}

function addNode(
  graph: Graph,
  node: GraphNode,
  source: WeightSource,
  nodes: ModelNode[],
  constants: ModelValue[],
): void {
  const inputs = node.inputs.map(nameOf);
  const output = nameOf(node.output);
  switch (node.op) {
    case 'concat':
      nodes.push({ operator: 'Concat', attributes: { axis: { integer: 1 } }, inputs, outputs: [output] });
      return;
    case 'layer':
      nodes.push(...layerNodes(node, inputs, output));
      return;
    default: {
      const bare = node.activation === 'none' ? output : `${output}/bare`;
      const [x] = inputs as [string];
      nodes.push(
        ...(node.op === 'conv2d'
          ? convNodes(node, x, bare, source, constants)
          : gemmNodes(graph, node, x, bare, source, constants)),
      );
      if (node.activation !== 'none') nodes.push({ operator: 'Relu', inputs: [bare], outputs: [output] });
    }
  }
}

function convNodes(
  node: WeightedNode,
  x: string,
  y: string,
  source: WeightSource,
  constants: ModelValue[],
): ModelNode[] {
  const w = node.workload as Conv2dWorkload;
  const { weights, bias } = source(node);
  const dims = [w.filters, w.channels / w.groups, w.filterHeight, w.filterWidth];
  const names = constantsOf(node, constants, { dims, data: weights }, bias);
  const attributes = {
    kernel_shape: { integers: [w.filterHeight, w.filterWidth] },
    strides: { integers: [w.strideHeight, w.strideWidth] },
    dilations: { integers: [w.dilationHeight, w.dilationWidth] },
    pads: { integers: [w.padTop, w.padLeft, w.padBottom, w.padRight] },
    group: { integer: w.groups },
  };
  return [{ operator: 'Conv', attributes, inputs: [x, ...names], outputs: [y] }];
}

function gemmNodes(
  { tensors }: Graph,
  node: WeightedNode,
  x: string,
  y: string,
  source: WeightSource,
  constants: ModelValue[],
): ModelNode[] {
  const { weights, bias } = source(node);
  const dims = [bias.length, weights.length / bias.length];
  const names = constantsOf(node, constants, { dims, data: weights }, bias);
  const attributes = { transB: { integer: 1 } };
  if (tensors[node.inputs[0]]?.flat) {
    return [{ operator: 'Gemm', attributes, inputs: [x, ...names], outputs: [y] }];
  }
  const row = `${x}/row`;
  return [
    { operator: 'Flatten', inputs: [x], outputs: [row] },
    { operator: 'Gemm', attributes, inputs: [row, ...names], outputs: [y] },
  ];
}

/** Adds a node's weights and bias to the constants; returns their names. */
function constantsOf(
  { name }: WeightedNode,
  constants: ModelValue[],
  weights: Omit<ModelValue, 'name'>,
  bias: Float32Array,
): [string, string] {
  const names: [string, string] = [`${name}/weights`, `${name}/bias`];
  constants.push({ name: names[0], ...weights }, { name: names[1], dims: [bias.length], data: bias });
  return names;
}

function layerNodes({ workload }: LayerNode, inputs: string[], output: string): ModelNode[] {
  const outputs = [output];
  switch (workload.kind) {
    case 'lrn': {
      const { size, alpha, beta, bias } = workload;
      const attributes = {
        size: { integer: size },
        ...{ alpha: { float: alpha }, beta: { float: beta }, bias: { float: bias } },
      };
      return [{ operator: 'LRN', attributes, inputs, outputs }];
    }
    case 'softmax':
      return [{ operator: 'Softmax', attributes: { axis: { integer: 1 } }, inputs, outputs }];
    case 'add':
      if (workload.activation === 'none') return [{ operator: 'Add', inputs, outputs }];
      return [
        { operator: 'Add', inputs, outputs: [`${output}/bare`] },
        { operator: 'Relu', inputs: [`${output}/bare`], outputs },
      ];
    default:
      return [poolNode(workload, inputs, outputs)];
  }
}

function poolNode(workload: PoolWorkload, inputs: string[], outputs: string[]): ModelNode {
  const { rows, columns, kind, countPadding } = workload;
  if (isGlobalAverage(workload)) return { operator: 'GlobalAveragePool', inputs, outputs };
  const axes = [rows, columns];
  const up = axes.some(({ size, window, stride, dilation, padBegin, padEnd, outputs: count }) => {
    const room = padBegin + size + padEnd - ((window - 1) * dilation + 1);
    return Math.floor(room / stride) + 1 !== count;
  });
  const attributes = {
    kernel_shape: { integers: axes.map(({ window }) => window) },
    strides: { integers: axes.map(({ stride }) => stride) },
    pads: { integers: [...axes.map(({ padBegin }) => padBegin), ...axes.map(({ padEnd }) => padEnd)] },
    ceil_mode: { integer: up ? 1 : 0 },
    ...(kind === 'averagePool' ? { count_include_pad: { integer: countPadding ? 1 : 0 } } : {}),
  };
  return { operator: kind === 'maxPool' ? 'MaxPool' : 'AveragePool', attributes, inputs, outputs };
}

function isGlobalAverage(workload: LayerWorkload): boolean {
  if (!isPool(workload) || workload.kind !== 'averagePool') return false;
  return [workload.rows, workload.columns].every(
    ({ size, window, padBegin, padEnd }) => size === window && padBegin === 0 && padEnd === 0,
  );
}
