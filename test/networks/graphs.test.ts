import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { alexnet, googlenet, type Network, networkTotals, resnet50 } from '../../src/networks/index.js';
import type { NetworkLayer } from '../../src/networks/network.js';
import { layersOf } from '../../src/onnx/layers.js';
import { readModel } from '../../src/onnx/read.js';
import { inferShapes } from '../../src/onnx/shapes.js';
import { conv2dName } from '../../src/workloads/conv2d.js';
import { gemmName } from '../../src/workloads/gemm.js';
import { rnnName } from '../../src/workloads/rnn.js';

const models = fileURLToPath(new URL('../../../shared/onnx/models/', import.meta.url));

function graph(name: string): NetworkLayer[] {
  const model = readModel(`${models}${name}/model.onnx`);
  return layersOf(model, inferShapes(model));
}

/** All that the graph and the builder should agree on. The graph keeps fc weights transposed, and names nothing alike. */
function description({ workload, activation, bias }: NetworkLayer): string {
  const shape =
    workload.kind === 'conv2d'
      ? conv2dName(workload)
      : workload.kind === 'gemm'
        ? gemmName(workload)
        : rnnName(workload);
  return `${workload.kind} ${shape} ${activation} ${bias ? 'bias' : 'no bias'}`;
}

test.each<[string, Network]>([
  ['bvlc_alexnet', alexnet({ size: 224 })],
  ['inception_v1', googlenet({ pools: 'down' })],
  ['resnet50', resnet50()],
])('every layer of %s is that of the graph, in its order', (name, { layers }) => {
  expect(layers.map(description)).toEqual(graph(name).map(description));
});

// Counted with products with padding, convolutions and classifiers, one image of 224×224.
test.each([
  ['bvlc_alexnet', 654_560_384, 0.65],
  ['inception_v1', 1_431_556_352, 1.43],
  ['resnet50', 4_089_184_256, 4.09],
])('%s has %d multiply-accumulates, the published %f G', (name, macs, published) => {
  const total = networkTotals({ layers: graph(name) }).macs;
  expect(total).toBe(macs);
  expect(Math.round(total / 1e7) / 100).toBe(published);
});
