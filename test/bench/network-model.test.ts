import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { networkModel } from '../../bench/peers/network-model.js';
import { alexnet, type Graph, googlenet, type Network, resnet50 } from '../../src/networks/index.js';
import { layersOf } from '../../src/onnx/layers.js';
import { readModel } from '../../src/onnx/read.js';
import { inferShapes } from '../../src/onnx/shapes.js';

const folder = mkdtempSync(join(tmpdir(), 'rooftile-model-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Weights of which every one is 0: the sizes are what is tested here. */
const zeros = ({ workload }: { workload: Network['layers'][number]['workload'] }) => {
  if (workload.kind === 'gemm') {
    return { weights: new Float32Array(workload.n * workload.k), bias: new Float32Array(workload.n) };
  }
  if (workload.kind !== 'conv2d') throw new Error('no image network has it');
  const { filters, channels, groups, filterHeight, filterWidth } = workload;
  const weights = new Float32Array(filters * (channels / groups) * filterHeight * filterWidth);
  return { weights, bias: new Float32Array(filters) };
};

it.each<[string, Network]>([
  ['AlexNet', alexnet({ size: 99 })],
  ['GoogLeNet, pools up', googlenet()],
  ['GoogLeNet, pools down', googlenet({ pools: 'down' })],
  ['ResNet-50', resnet50({ size: 64, batch: 2 })],
])('%s as ONNX Runtime gets it has the same layers, of the same sizes', { timeout: 60_000 }, (_, network) => {
  const file = join(folder, 'model.onnx');
  writeFileSync(file, networkModel(network.graph as Graph, zeros));
  const model = readModel(file);
  const shapes = inferShapes(model);
  const described = (layers: Network['layers']) =>
    layers.map(({ workload, activation, bias }) => ({ ...workload, bias, activation, transposeWeights: 0 }));
  expect(described(layersOf(model, shapes))).toEqual(described(network.layers));
});
